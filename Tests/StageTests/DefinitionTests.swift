import Arguments
import Catalogs
import Diagnostics
import Digests
import Foundation
import TestSupport
import Testing

@testable import StageKit

struct DefinitionTests {
    private let folder: TemporaryFolder
    private let session: Session

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.path("trial.sqlite")
        try Catalog.create(at: path, version: "test")
        let syntax = CommandSyntax("figment-trial", "tries", CommonArguments.recording)
        guard case .run(let arguments) = try syntax.parse(["--catalog", path]) else {
            throw Failure(.bug, "no arguments")
        }
        session = try Session("figment-trial", arguments)
    }

    private func count(_ table: String) throws -> Int {
        try session.catalog.integer("SELECT count(*) FROM \(table)")
    }

    @Test func isRecordedWithTheFirstRow() throws {
        let uid = UID(of: "filter_rule", [("name", "half")])
        let rule = try session.define("filter_rule", uid) { ["name": "half", "definition": "{}"] }
        #expect(rule.reference == .null)
        #expect(try count("filter_rule") == 0)
        #expect(try count("run") == 0)

        #expect(throws: Failure.self) {
            try session.write { _ throws(Failure) in throw Failure(.bug, "in between") }
        }
        #expect(rule.reference == .null)
        #expect(try count("filter_rule") == 0)
        #expect(try count("run") == 0)

        try session.write { run throws(Failure) in #expect(run.id == 1) }
        #expect(rule.reference == .integer(1))
        #expect(try count("filter_rule") == 1)
        #expect(try session.define("filter_rule", uid) { [:] }.reference == .integer(1))
        try session.write { _ throws(Failure) in }
        #expect(try count("filter_rule") == 1)
        #expect(try count("run") == 1)
    }

    /// The model in a folder, of which these files are read.
    private func model(
        _ name: String, _ files: [String] = ["config.json", "model.safetensors"], family: String = "clip"
    ) throws -> Definition {
        let path = folder.path(name)
        return try session.define(ModelFolder(path, files: files, family: family), named: path)
    }

    @Test func mayReferToAnEarlierOne() throws {
        try folder.write("model/model.safetensors", [1, 2, 3])
        try folder.write("model/config.json", "{}")
        try folder.write("model/notes.txt", "not read")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("model"))
        let model = try model("link")
        #expect(try self.model("model").uid == model.uid)
        let measurement = try session.define("measurement", UID(of: "measurement", [])) {
            ["measure": "trial", "parameters": "{}", "model_id": model.reference]
        }
        try session.write { _ throws(Failure) in }
        #expect(measurement.reference == .integer(1))
        let files = try session.catalog.rows("SELECT path, byte_count, sha256 FROM model_file ORDER BY path")
        {
            $0.values
        }
        #expect(
            files == [
                ["config.json", 2, .text(SHA256.digest(of: Array("{}".utf8)).hex)],
                ["model.safetensors", 3, .text(SHA256.digest(of: [1, 2, 3]).hex)],
            ])
        let weights = SHA256.digest(of: Array("\(SHA256.digest(of: [1, 2, 3]))  model.safetensors\n".utf8))
        #expect(
            try session.catalog.rows("SELECT weights_sha256, name FROM model") { $0.values }
                == [[.text(weights.hex), "link"]])
    }

    @Test func aModelIsWhatItComputes() throws {
        func uid(_ weights: [UInt8], _ settings: String, family: String = "clip") throws -> UID {
            try folder.write("model/model.safetensors", weights)
            try folder.write("model/config.json", settings)
            return try model("model", family: family).uid
        }
        let uids = [
            try uid([1], "{}"), try uid([2], "{}"), try uid([1], "{ }"),
            try uid([1], "{}", family: "diffusion"),
        ]
        #expect(Set(uids).count == 4)
        #expect(try uid([1], "{}") == uids[0])
        try FileManager.default.removeItem(atPath: folder.path("model/model.safetensors"))
        #expect(throws: Failure.self) { try model("model") }
    }

    /// Earlier versions recorded every .json and .txt file of a folder: such a row is this model still, and the oldest
    /// of several is the one.
    @Test func aModelIsKnownByTheFilesThatAreRead() throws {
        try folder.write("model/model.safetensors", [1])
        try folder.write("model/config.json", "{}")
        try folder.write("model/training_args.json", "{}")
        let old = try model("model", ["config.json", "model.safetensors", "training_args.json"])
        try session.write { _ throws(Failure) in }
        try folder.write("model/training_args.json", "changed, and not read")
        #expect(try model("model").uid == old.uid)
        #expect(try session.catalog.integer("SELECT count(*) FROM model") == 1)
        try folder.write("model/config.json", "{ }")
        #expect(try model("model").uid != old.uid)
    }
}
