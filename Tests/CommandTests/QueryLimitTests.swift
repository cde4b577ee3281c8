import Foundation
import TestSupport
import Testing

/// What SQL may take: memory, rows and bytes end somewhere, whatever is asked, and the one who asked is told where.
struct QueryLimitTests {
    private let shop = Result { try Spine.finished.get() }

    private static let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100)"

    @Test(arguments: [
        // One value of ten million bytes, and blobs that are made only when a function asks for them.
        "SELECT length(group_concat(printf('%.*c', 100000, 'x'))) FROM (\(numbers) SELECT i FROM n)",
        "SELECT vector_cosine(zeroblob(12000000), zeroblob(12000000))",
        "SELECT stable_split(zeroblob(12000000) || 'x', 'a:1')",
    ])
    func littleMemoryIsSaid(sql: String) throws {
        try shop.get().expect(
            Refusal(["query", "--memory-limit", "8", sql], 65, "more than 8 MiB of memory"))
        #expect(try shop.get().figment("query", "--memory-limit", "64", sql).status == 0)
    }

    /// 100 rows of a million bytes: fewer than set the widths of a table, and more than may be held.
    @Test(arguments: ["table", "csv", "jsonl"])
    func wideRowsAreNotHeld(format: String) throws {
        let sql = "\(Self.numbers) SELECT i, printf('%.*c', 1000000, 'x') AS text FROM n"
        let program = Command.programs.appending(path: "figment").path
        let command = try Command.system(
            "sh",
            [
                "-c", "ulimit -v 180000; \"$0\" query --time-limit 1000 --format \(format) \"$1\" | wc -c",
                program, sql,
            ], environment: ["FIGMENT_CATALOG": try shop.get().catalog])
        #expect(command.errors == "")
        #expect((Int(command.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) > 100_000_000)
    }

    @Test func aRowLimitRefusesWhatWouldBeMissing() throws {
        let shop = try shop.get()
        for words in [
            ["freeze", "all"], ["show", "all"], ["diff", "all", "kept"],
            ["what-if", "all", "--rule", "half", "--threshold", "0.5"],
        ] {
            try shop.expect(
                Refusal(
                    ["variant"] + words + ["--row-limit", "3"], 65, "the SQL yields more than 3 rows",
                    "--row-limit"))
        }
    }

    @Test func aVariantOfManyLabelsIsShownInPart() throws {
        let shop = try Workshop(copying: shop.get())
        try shop.succeed(
            "variant", "define", "many", "SELECT image_id, 'label ' || image_id AS label FROM generated")
        let text = try shop.succeed("variant", "show", "many")
        #expect(text.contains("\n10 images now\n"))
        #expect(text.split(separator: "\n").count { $0.contains("label ") } == 11)
    }
}
