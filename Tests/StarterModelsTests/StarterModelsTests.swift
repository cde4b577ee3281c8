import Diagnostics
import Foundation
import Testing

@testable import StarterModels

@Suite struct StarterModelsTests {
    /// A fresh directory tree, removed with the suite's instance.
    private final class Tree {
        let root = NSTemporaryDirectory() + "starter-\(UUID().uuidString)"

        func make(_ path: String) throws -> String {
            let full = "\(root)/\(path)"
            try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
            return full
        }

        deinit { try? FileManager.default.removeItem(atPath: root) }
    }

    private let tree = Tree()

    @Test func aPathStaysAsItIs() throws {
        let path = try StarterModels.directory(of: "models/mine", environment: nil, executable: nil)
        #expect(path == "models/mine")
    }

    @Test func theBuiltBundleBesideTheExecutableComesBeforeTheInstalledOne() throws {
        let installed = try tree.make("share/figment/models/clip")
        let executable = try tree.make("bin") + "/figment-embed"
        #expect(
            try StarterModels.directory(of: "starter:clip", environment: nil, executable: executable)
                == installed)
        let built = try tree.make("bin/figment_StarterModels.resources/Models/clip")
        #expect(
            try StarterModels.directory(of: "starter:clip", environment: nil, executable: executable) == built
        )
    }

    @Test func theEnvironmentComesFirst() throws {
        let installed = try tree.make("share/figment/models/clip")
        let executable = try tree.make("bin") + "/figment-embed"
        let mine = "\(tree.root)/mine"
        #expect(
            try StarterModels.directory(of: "starter:clip", environment: mine, executable: executable)
                == installed)
        let own = try tree.make("mine/clip")
        #expect(
            try StarterModels.directory(of: "starter:clip", environment: mine, executable: executable) == own)
    }

    @Test func aMissingModelSaysWhereItWasLookedFor() throws {
        let failure = try #require(throws: Failure.self) {
            try StarterModels.directory(
                of: "starter:clip", environment: nil, executable: "/nowhere/bin/figment-embed")
        }
        #expect(failure.kind == .missingResource)
        #expect(failure.summary.contains("/nowhere/bin/figment_StarterModels.resources/Models/clip"))
        #expect(failure.summary.contains("/nowhere/share/figment/models/clip"))
        #expect(failure.hint?.contains("FIGMENT_MODELS") == true)
    }

    @Test func anUnknownStarterModelIsRefusedByName() throws {
        let failure = try #require(throws: Failure.self) {
            try StarterModels.directory(of: "starter:clap", environment: "/tmp", executable: nil)
        }
        #expect(failure.kind == .usage)
        #expect(failure.summary.contains("starter:clap"))
    }

    @Test(arguments: StarterModels.names)
    func theShippedModelsLieBesideThisProgram(name: String) throws {
        let directory = try StarterModels.directory(of: name)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files.contains(name == "starter:clip" ? "config.json" : "model_index.json"))
        #expect(files.contains("README.md"))
    }
}
