import Foundation
import Testing

/// Rules about the text of the sources that swift-format has no word for.
struct TextTests {
    @Test func noFileGrowsPastFiveHundredLines() throws {
        let files = Repository.swiftFiles(under: ["Sources", "Tests"])
        #expect(files.count > 20)
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 500, "\(file.lastPathComponent)")
        }
    }

    @Test func noSourceTrapsOrPutsWorkOff() throws {
        for file in Repository.swiftFiles(under: ["Sources"]) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["fatalError(", "try!", "as!", "TODO", "FIXME", "@unchecked Sendable {}"] {
                #expect(!text.contains(word), "\(file.lastPathComponent) has \(word)")
            }
        }
    }

    @Test func topLevelHoldsOnlyWhatBelongsThere() throws {
        let allowed: Set = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "schema", "migrations", "tools",
            "README.md",
            "CONTRIBUTING.md", "LICENSE", "demo",
        ]
        let found = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
        #expect(found.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }
}
