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
            "CONTRIBUTING.md", "LICENSE", "demo", "findings",
        ]
        let found = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
        #expect(found.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }

    /// Text from outside is made harmless in `Texts` alone: for HTML, for SQL, for a shell and for a terminal.
    @Test func noOtherCodeEscapes() throws {
        let marks = ["&lt;", "&quot;", "&#39;", "\"''\"", "'\\\\''", "isUnseen(", ".generalCategory"]
        let allowed = [
            "Texts", "JSONValues/JSONValue+Text.swift", "ExportFormats/DatasetCard.swift", "Tokenizers",
        ]
        #expect(try files(with: marks, outside: allowed) == [])
    }

    /// What takes a path apart by characters takes a slash that carries a combining mark for none.
    @Test func noOtherCodeTakesPathsApart() throws {
        let marks = [
            "contains(\"/\")", "split(separator: \"/\"", "hasPrefix(\"/\")", "lastPathComponent",
            "deletingLastPathComponent", "lastIndex(of: \"/\")",
        ]
        // What is taken apart there is a part of a whole, 1/10, and the project's own files.
        let others = ["bench-catalog/BenchCatalog.swift", "embed-migrations"]
        #expect(try files(with: marks, outside: ["Files"] + others) == [])
    }

    /// Files are made and opened for writing by `Files`, and databases by SQLite: neither follows a link.
    @Test func noOtherCodeWritesFiles() throws {
        let marks = [
            "O_CREAT", "O_WRONLY", "O_RDWR", ".write(to: URL", ".write(toFile:", "createFile(", "removeItem(",
            "createDirectory(",
            "moveItem(", "mkdir(",
        ]
        #expect(try files(with: marks, outside: ["Files", "embed-migrations"]) == [])
    }

    /// Text reaches a terminal by the two streams alone, which take what `TerminalText` has shown.
    @Test func noOtherCodePrints() throws {
        #expect(
            try files(with: ["print(", "FileHandle", "fputs(", "puts("], outside: ["embed-migrations"]) == [])
    }

    /// The files of Sources that have one of some words, but those whose paths begin with one of `outside`.
    private func files(with words: [String], outside: [String]) throws -> [String] {
        let sources = Repository.root.appending(path: "Sources").path + "/"
        return try Repository.swiftFiles(under: ["Sources"]).filter { file in
            let path = file.path.dropFirst(sources.count)
            guard !outside.contains(where: { path.hasPrefix($0) }), !path.hasPrefix("EmbedMigrationsPlugin")
            else { return false }
            let text = try String(contentsOf: file, encoding: .utf8)
            return words.contains { text.contains($0) }
        }.map { String($0.path.dropFirst(sources.count)) }.sorted()
    }
}
