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
        try workspace.catalog.reader(limits: limits).query(sql) { _, row in
            rows.append(row)
            return true
        }
        return rows
    }

    @Test func streamsRowsWithTheirColumns() throws {
        var seen: [String] = []
        let isComplete = try workspace.catalog.reader().query("SELECT id, name FROM vocabulary ORDER BY id") {
            columns, row in
            seen.append("\(columns) \(row[0] == .integer(seen.count + 1)) \(row[1])")
            return seen.count < 2
        }
        #expect(isComplete)
        #expect(
            seen == ["[\"id\", \"name\"] true text(\"animals\")", "[\"id\", \"name\"] true text(\"plants\")"])
        #expect(
            try workspace.catalog.reader().columns(of: "SELECT 1 AS one, id FROM image") == ["one", "id"])
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
        ("DELETE FROM vocabulary", "it deletes from vocabulary"),
        ("INSERT INTO vocabulary (name) VALUES ('x')", "it inserts into vocabulary"),
        ("UPDATE vocabulary SET name = 'x'", "it updates vocabulary"),
        ("DROP TABLE image", "it deletes from sqlite_master"),
        ("CREATE TEMP TABLE t (x)", "it inserts into sqlite_temp_master"),
        ("ATTACH 'x.sqlite' AS x", "it attaches a file"),
        ("VACUUM INTO 'x.sqlite'", "it changes the file"),
        ("PRAGMA journal_mode = DELETE", "it sets or reads the pragma journal_mode"),
        ("SELECT load_extension('x')", "it calls the function load_extension"),
        ("BEGIN EXCLUSIVE", "it opens a transaction"),
    ])
    func refusesWhatDoesNotOnlyRead(sql: String, reason: String) throws {
        let refused = failure { _ = try rows(sql) }
        #expect(refused?.kind == .badInput)
        #expect(refused?.summary == "the SQL is refused: \(reason), and a query may only read")
        #expect(try workspace.catalog.integer("SELECT count(*) FROM vocabulary") == 3)
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

    @Test func stopsWhatRunsTooLong() {
        let endless =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        let late = failure { _ = try rows(endless, QueryLimits(seconds: 0.02)) }
        #expect(late?.kind == .badInput)
        #expect(late?.summary == "the SQL ran longer than 0.02 seconds and was stopped")
    }

    @Test func cutsOffAtTheLimitOfRows() throws {
        var count = 0
        let reader = try workspace.catalog.reader(limits: QueryLimits(rows: 2))
        let isComplete = try reader.query("SELECT name FROM vocabulary") { _, _ in
            count += 1
            return true
        }
        #expect(!isComplete)
        #expect(count == 2)
    }

    @Test func refusesValuesThatAreTooLarge() {
        let large = failure { _ = try rows("SELECT zeroblob(5000)", QueryLimits(valueBytes: 1_000)) }
        #expect(large?.kind == .badInput)
    }

    @Test func passesOnTheFailureOfTheBody() {
        let stopped = failure {
            try workspace.catalog.reader().query("SELECT 1") { _, _ throws(Failure) in
                throw Failure(.io, "the pipe is closed")
            }
        }
        #expect(stopped?.summary == "the pipe is closed")
    }
}
