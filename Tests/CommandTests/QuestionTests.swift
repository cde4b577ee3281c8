import Foundation
import TestSupport
import Testing

/// The questions of tools/queries, asked as people ask them, of a catalog that every stage has worked on.
struct QuestionTests {
    /// Two rules, one of them defined twice.
    private static let judged: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: Spine.finished.get())
        atexit { try? QuestionTests.judged.get().folder.remove() }
        for (name, measure, place) in [("half", "clip-confidence", 7), ("like", "clip-similarity", 4)] {
            let values = try shop.rows(
                "SELECT value FROM latest_score WHERE measure = '\(measure)' ORDER BY value")
            guard case .real(let threshold)? = values[place].first else { continue }
            try shop.folder.write(
                "\(name).json",
                """
                {"name": "\(name)", "measure": "\(measure)", "keep": "at-least", "threshold": \(threshold)}
                """)
            try shop.succeed("filter", "--rule", "\(name).json")
        }
        return shop
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appending(path: "tools/queries")

    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    @Test func thereAreTwentyOrMore() {
        #expect(Self.files.count >= 20)
        #expect(Self.files.allSatisfy { $0.hasSuffix(".sql") })
    }

    @Test(arguments: files)
    func hasAnAnswer(file: String) throws {
        let path = Self.folder.appending(path: file).path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            text.prefixMatch(of: #/-- [A-Z].+\n[A-Z]/#) != nil, "it begins with its question in one comment")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        let rows = try Self.judged.get().succeed("query", "--format", "jsonl", "--file", path)
        #expect(rows.split(separator: "\n").first?.hasPrefix("{") == true, "\(file) yields nothing")
    }

    /// The queries of schema/catalog.md, each with the heading that it stands under.
    static let examples: [(section: String, sql: String)] = {
        let text = (try? String(contentsOf: root.appending(path: "schema/catalog.md"), encoding: .utf8)) ?? ""
        return text.matches(of: #/(?ms)^###? `?(?<heading>[^`\n]+)`?\n|^```sql\n(?<sql>.*?)^```$/#).reduce(
            into: (heading: "", examples: [(section: String, sql: String)]())
        ) { state, match in
            if let heading = match.output.heading { state.heading = String(heading) }
            if let sql = match.output.sql { state.examples.append((state.heading, String(sql))) }
        }.examples
    }()

    /// Each is run where there is something to answer; what no stage writes yet has no rows.
    @Test func examplesOfTheDictionaryHaveAnswers() throws {
        let shop = try Self.judged.get()
        let counts = try shop.counts()
        var asked: Set<String> = []
        for (section, sql) in Self.examples {
            let rows = try shop.succeed("query", "--format", "jsonl", sql)
            let isFirst = asked.insert(section).inserted
            if isFirst, counts[section] ?? 0 > 0 { #expect(rows.hasPrefix("{"), "\(section): \(sql)") }
        }
        #expect(Self.examples.count > 50)
    }
}
