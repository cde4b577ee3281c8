import Foundation
import TestSupport
import Testing

/// How `figment query` writes answers.
struct QueryTests {
    private let shop = Result { try Workshop(copying: Prepared.embedded.get()) }

    private static let values = """
        SELECT 1 AS id, 'plain' AS text, 0.5 AS "real, quoted", NULL AS absent, x'00ff' AS bytes
        UNION ALL SELECT -20, 'a "b", c' || char(10) || 'd', 1e100, '', zeroblob(1)
        """

    private func answer(_ format: String, _ sql: String = values) throws -> String {
        try shop.get().succeed("query", "--format", format, sql)
    }

    @Test func tablesAreInLine() throws {
        #expect(
            try answer("table")
                == """
                id   text         real, quoted  absent  bytes
                ---  -----------  ------------  ------  -----
                1    plain        0.5                   00ff
                -20  a "b", c\\nd  1e+100                00
                2 rows

                """)
        #expect(try answer("table", "SELECT 1 AS x") == "x\n-\n1\n1 row\n")
        #expect(try answer("table", "SELECT 1 AS x WHERE FALSE") == "x\n-\n0 rows\n")
    }

    @Test func manyRowsComeAsTheyAre() throws {
        let sql =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n"
        let lines = try answer("table", sql).split(separator: "\n")
        #expect(lines.count == 1_003)
        #expect(lines.dropFirst(2).dropLast().map { Int($0) } == (1...1_000).map { $0 })
        #expect(lines.last == "1000 rows")
    }

    @Test func csvQuotesWhatNeedsIt() throws {
        #expect(
            try answer("csv") == """
                id,text,"real, quoted",absent,bytes
                1,plain,0.5,,00ff
                -20,"a ""b"", c
                d",1e+100,,00

                """)
    }

    @Test func jsonLinesKeepTypes() throws {
        #expect(
            try answer("jsonl") == """
                {"id":1,"text":"plain","real, quoted":0.5,"absent":null,"bytes":"00ff"}
                {"id":-20,"text":"a \\"b\\", c\\nd","real, quoted":1e+100,"absent":"","bytes":"00"}

                """)
    }

    @Test func aLimitIsSaid() throws {
        let command = try shop.get().figment(
            "query", "--limit", "2", "--format", "csv", "SELECT id FROM concept")
        #expect(command.status == 0)
        #expect(command.output == "id\n1\n2\n")
        #expect(command.errors == "figment-query: only the first 2 rows are shown\n")
        let whole = try shop.get().figment("query", "--limit", "10", "SELECT id FROM concept")
        #expect(whole.errors == "")
        #expect(whole.output.hasSuffix("10 rows\n"))
    }

    @Test func stopsWhenNobodyReads() throws {
        let program = Command.programs.appending(path: "figment").path
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let command = try Command.system(
            "sh", ["-c", "\"$0\" query --format csv '\(endless)' | head -n 2", program],
            environment: ["FIGMENT_CATALOG": try shop.get().catalog])
        #expect(command.output == "i\n1\n")
        #expect(command.errors.contains("cannot write to standard output: Broken pipe"))
    }

    @Test func figmentsOwnFunctionsAreThere() throws {
        let sql = "SELECT stable_split('ab', 'train:1.0') AS part, score_of(1, 'clip-confidence') AS score"
        #expect(try answer("csv", sql) == "part,score\ntrain,\n")
    }

    @Test func jsonLinesLoseNoColumn() throws {
        let sql = "SELECT id, uid AS id FROM image"
        try shop.get().expect(
            Refusal(["query", "--format", "jsonl", sql], 65, "two columns are called 'id'", "--format csv"))
        #expect(try answer("csv", "SELECT 1 AS id, 2 AS id") == "id,id\n1,2\n")
    }

    @Test func theQuestionMayBeAFile() throws {
        let shop = try Workshop(copying: shop.get())
        try shop.folder.write("count.sql", "-- How many classes?\nSELECT count(*) AS n FROM concept;\n")
        #expect(try shop.succeed("query", "--format", "csv", "--file", "count.sql") == "n\n10\n")
        try shop.expect(Refusal(["query", "--file", "count.sql", "SELECT 1"], 64, "one question"))
        try shop.expect(Refusal("query", 64, "one question"))
        try shop.folder.write("bytes.sql", [0x53, 0xFF])
        try shop.expect(Refusal("query --file bytes.sql", 65, "bytes.sql is not UTF-8"))
        try shop.folder.write("two.sql", "SELECT 1\0; DELETE FROM claim")
        try shop.expect(Refusal("query --file two.sql", 65, "NUL character"))
    }

    /// No look at the clock can stop a search that is one instruction of SQLite's.
    @Test func aFunctionThatDoesNotListenEndsTheProcess() throws {
        let sql = "SELECT instr(zeroblob(16000000), zeroblob(8000000) || x'01')"
        try shop.get().expect(
            Refusal(
                ["query", "--time-limit", "0.01", sql], 65, "ran longer than 0.01 seconds and did not stop"))
    }
}
