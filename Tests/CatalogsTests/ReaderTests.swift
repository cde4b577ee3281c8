import Diagnostics
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

struct ReaderTests {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        for name in ["animals", "plants", "stones"] { try workspace.vocabulary(name) }
    }

    private func rows(_ sql: String, _ limits: QueryLimits = QueryLimits()) throws -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        try workspace.catalog.reader(limits: limits).query(sql) { row in
            rows.append(row.values)
            return true
        }
        return rows
    }

    @Test func streamsRows() throws {
        var seen: [String] = []
        let reader = try workspace.catalog.reader()
        let isComplete = try reader.query("SELECT id, name FROM vocabulary ORDER BY id") { row in
            seen.append("\(row.columns) \(row.integer(0)) \(row.text(1))")
            return seen.count < 2
        }
        #expect(isComplete)
        #expect(seen == ["[\"id\", \"name\"] 1 animals", "[\"id\", \"name\"] 2 plants"])
        #expect(try reader.columns(of: "SELECT 1 AS one, id FROM image") == ["one", "id"])
    }

    @Test func reads() throws {
        for sql in [
            "SELECT count(*), group_concat(name, '; ') FROM vocabulary",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
            "SELECT name FROM sqlite_schema", "SELECT * FROM pragma_table_info('image')",
            "SELECT value FROM json_each('[1,2]')",
            "SELECT row_number() OVER (ORDER BY name) FROM vocabulary",
            "SELECT * FROM kept", "SELECT * FROM latest_score", "SELECT * FROM lineage", "SELECT 2 -> '$'",
            "EXPLAIN QUERY PLAN SELECT * FROM generated", "VALUES (1), (2)",
        ] {
            #expect(throws: Never.self, "\(sql)") { try rows(sql) }
        }
    }

    @Test(arguments: [
        ("SELEC 1", "near \"SELEC\": syntax error"), ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT 1; DELETE FROM vocabulary", "there is more than one statement"),
        ("", "there is no statement"), ("SELECT ?", "the statement has 1 parameters, but 0 values are given"),
        ("SELECT \"nobody\"", "no such column: nobody"),
    ])
    func namesWhatDoesNotParse(sql: String, reason: String) {
        let refused = failure { _ = try rows(sql) }
        #expect(refused?.kind == .badInput)
        #expect(refused?.summary == "the SQL is refused: \(reason)")
    }

    @Test func cutsOffAtTheLimitOfRows() throws {
        var count = 0
        let reader = try workspace.catalog.reader(limits: QueryLimits(rows: 2))
        let isComplete = try reader.query("SELECT name FROM vocabulary") { _ in
            count += 1
            return true
        }
        #expect(!isComplete)
        #expect(count == 2)
    }

    @Test func forgetsWhatItRefusedBefore() throws {
        let reader = try workspace.catalog.reader()
        for (sql, reason) in [
            ("DELETE FROM image", "deletes from image"), ("SELECT missing", "no such column"),
            ("DROP VIEW kept", "drops from the schema"), ("SELECT sum(1, 2)", "wrong number of arguments"),
        ] {
            let refused = failure { try reader.query(sql) { _ in true } }
            #expect(refused?.summary.contains(reason) == true, "\(refused?.summary ?? "")")
        }
    }

    @Test func takesASubqueryAsItStands() throws {
        let reader = try workspace.catalog.reader()
        for sql in [
            "SELECT 1 AS one", "SELECT 1 AS one;", " SELECT 1 AS one ; -- the end",
            "SELECT 1 AS one -- the end;",
            "/* ; */ VALUES (1) /* ( */ ;;", "WITH t AS (SELECT 1) SELECT * FROM t",
        ] {
            #expect(try rows("SELECT count(*) FROM \(reader.subquery(sql))") == [[1]], "\(sql)")
        }
        #expect(failure { _ = try reader.subquery("SELECT 1) UNION SELECT (2") }?.kind == .badInput)
    }

    @Test func readsOneStateOfTheCatalog() throws {
        let reader = try workspace.catalog.reader()
        func count() throws(Failure) -> Int {
            var count = 0
            try reader.query("SELECT id FROM vocabulary") { _ in
                count += 1
                return true
            }
            return count
        }
        try reader.reading { () throws(Failure) in
            #expect(try count() == 3)
            try workspace.vocabulary("minerals")
            #expect(try count() == 3)
        }
        #expect(try count() == 4)
    }

    @Test func aReplacedViewCountsInEveryView() throws {
        try workspace.image(of: [1])
        let reader = try workspace.catalog.reader()
        #expect(try rows("SELECT * FROM kept").isEmpty)
        try reader.replace(
            view: "latest_decision",
            by:
                "SELECT id AS image_id, 'kept' AS verdict FROM main.image UNION ALL SELECT 1, 'rejected' WHERE FALSE"
        )
        var ids: [Int] = []
        try reader.query("SELECT image_id FROM kept") { row in
            ids.append(row.integer(0))
            return true
        }
        #expect(ids == [1])
        let refused = failure { try reader.query("CREATE TEMP VIEW x AS SELECT 1") { _ in true } }
        #expect(refused?.summary.contains("adds to the schema") == true)
        #expect(try rows("SELECT * FROM kept").isEmpty)
    }

    @Test func passesOnTheFailureOfTheBody() {
        let stopped = failure {
            try workspace.catalog.reader().query("SELECT 1") { _ throws(Failure) in
                throw Failure(.io, "the pipe is closed")
            }
        }
        #expect(stopped?.summary == "the pipe is closed")
    }
}
