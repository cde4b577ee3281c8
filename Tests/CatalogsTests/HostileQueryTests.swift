import Diagnostics
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// SQL of somebody who means no good, through the reader that `figment query`, `--from` and variants go through.
struct HostileQueryTests {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.vocabulary("animals")
    }

    private static let usual = QueryLimits(seconds: 1, valueBytes: 1 << 20)

    private func refusal(
        of sql: String, _ purpose: QueryPurpose = .look, _ limits: QueryLimits = usual
    ) throws -> Failure? {
        let reader = try workspace.catalog.reader(for: purpose, limits: limits)
        return failure { try reader.query(sql) { _ in true } }
    }

    private func expectRefused(_ sql: String, _ reason: String, _ limits: QueryLimits = usual) throws {
        let refused = try refusal(of: sql, .look, limits)
        #expect(refused?.kind == .badInput)
        #expect(refused?.summary.contains(reason) == true, "\(refused?.summary ?? "")")
        #expect(try workspace.catalog.integer("SELECT count(*) FROM vocabulary") == 1)
        #expect(try workspace.catalog.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'kept'") == 1)
    }

    static let writes = [
        ("INSERT INTO vocabulary (name) VALUES ('x')", "inserts into vocabulary"),
        ("INSERT INTO vocabulary DEFAULT VALUES RETURNING id", "inserts into vocabulary"),
        ("REPLACE INTO vocabulary (id) VALUES (1)", "inserts into vocabulary"),
        ("UPDATE vocabulary SET name = 'x'", "updates vocabulary"),
        ("DELETE FROM vocabulary", "deletes from vocabulary"),
        ("DELETE FROM vocabulary RETURNING *", "deletes from vocabulary"),
        ("WITH t AS (SELECT 1) DELETE FROM claim", "deletes from claim"),
        ("EXPLAIN DELETE FROM claim", "deletes from claim"),
        ("DROP TABLE image", "drops from the schema"), ("DROP VIEW kept", "drops from the schema"),
        ("DROP TRIGGER image_refuses_delete", "drops from the schema"),
        ("CREATE TABLE t (x)", "adds to the schema"), ("CREATE TEMP TABLE t (x)", "adds to the schema"),
        ("CREATE TABLE t AS SELECT * FROM image", "adds to the schema"),
        ("CREATE TEMP TRIGGER t AFTER INSERT ON claim BEGIN SELECT 1; END", "adds to the schema"),
        ("CREATE VIEW v AS SELECT 1", "adds to the schema"),
        ("CREATE INDEX i ON image (format)", "adds to the schema"),
        ("CREATE VIRTUAL TABLE t USING fts5 (x)", "adds to the schema"),
        ("ALTER TABLE image ADD COLUMN x", "alters the table image"),
        ("UPDATE sqlite_schema SET sql = ''", "table sqlite_master may not be modified"),
        ("DELETE FROM sqlite_master", "table sqlite_master may not be modified"),
        ("INSERT INTO sqlite_temp_schema VALUES (1, 2, 3, 4, 5)", "adds to the schema"),
        ("ATTACH 'x.sqlite' AS x", "attaches a file"), ("ATTACH ':memory:' AS x", "attaches a file"),
        ("DETACH main", "detaches a file"),
        ("VACUUM", "rewrites the file, or writes another"),
        ("VACUUM INTO '/tmp/x.sqlite'", "rewrites the file, or writes another"),
        ("REINDEX", "builds the index"), ("ANALYZE", "adds to the schema"),
        ("BEGIN EXCLUSIVE", "opens or ends a transaction"), ("COMMIT", "opens or ends a transaction"),
        ("SAVEPOINT s", "opens or ends a savepoint"), ("RELEASE s", "opens or ends a savepoint"),
    ]

    static let reaches = [
        ("PRAGMA journal_mode = DELETE", "sets or reads the pragma journal_mode"),
        ("PRAGMA query_only = OFF", "sets or reads the pragma query_only"),
        ("PRAGMA writable_schema = ON", "sets or reads the pragma writable_schema"),
        ("PRAGMA trusted_schema = ON", "sets or reads the pragma trusted_schema"),
        ("PRAGMA temp_store_directory = '/'", "sets or reads the pragma temp_store_directory"),
        ("PRAGMA hard_heap_limit = 0", "sets or reads the pragma hard_heap_limit"),
        ("PRAGMA wal_checkpoint(TRUNCATE)", "sets or reads the pragma wal_checkpoint"),
        ("SELECT * FROM pragma_user_version", "reads a virtual table"),
        ("SELECT load_extension('x')", "calls the function load_extension"),
        ("SELECT readfile('/etc/passwd')", "no such function: readfile"),
        ("SELECT writefile('x', 'y')", "no such function: writefile"),
        ("SELECT edit('x')", "no such function: edit"),
        ("SELECT fts3_tokenizer('simple')", "calls the function fts3_tokenizer"),
        ("SELECT sqlite_compileoption_get(1)", "calls the function sqlite_compileoption_get"),
        ("SELECT * FROM dbstat", "reads a virtual table"),
        ("SELECT * FROM sqlite_stmt", "reads a virtual table"),
        ("SELECT count(*) FROM dbstat", "reads a virtual table"),
        ("SELECT * FROM sqlite_dbpage", "no such table: sqlite_dbpage"),
        ("SELECT * FROM fts3tokenize", "reads a virtual table"),
        ("SELECT 1; DELETE FROM claim", "there is more than one statement"),
        ("SELECT 1 /* ; */; -- done\n/* */ DELETE FROM claim", "there is more than one statement"),
        ("SELECT 1;;; SELECT 2", "there is more than one statement"),
        ("SELECT 1\0; DELETE FROM claim", "there is a NUL character in the statement"),
    ]

    static let bombs = [
        (
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "ran longer than 1.0 seconds"
        ),
        (
            "WITH n AS (SELECT value FROM json_each('[\(Array(repeating: "1", count: 200).joined(separator: ","))]')) "
                + "SELECT count(*) FROM n a, n b, n c, n d, n e, n f, n g", "ran longer than 1.0 seconds"
        ),
        ("SELECT zeroblob(2000000000)", "asks for more than 1048576 bytes in one value"),
        ("SELECT hex(zeroblob(1000000))", "asks for more than 1048576 bytes in one value"),
        ("SELECT replace(hex(zeroblob(500000)), '0', 'xxxxx')", "asks for more than 1048576 bytes"),
        (
            "WITH RECURSIVE n (s) AS (SELECT 'x' UNION ALL SELECT s || s FROM n) SELECT max(length(s)) FROM n",
            "asks for more than 1048576 bytes in one value"
        ),
        (
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT group_concat(hex(zeroblob(9999))) FROM (SELECT i FROM n LIMIT 100)
            """, "asks for more than 1048576 bytes in one value"
        ),
        (
            "SELECT \(String(repeating: "(", count: 1_000))1\(String(repeating: ")", count: 1_000))",
            "overflow"
        ),
        ("SELECT 1\(String(repeating: " + 1", count: 1_000))", "maximum depth 500"),
        ("SELECT 1 \(String(repeating: "UNION ALL SELECT 1 ", count: 600))", "too many terms"),
        ("SELECT 1 AS x\(String(repeating: ", 1", count: 3_000))", "too many columns"),
        (
            "SELECT 1 FROM claim \(String(repeating: ", claim", count: 70))",
            "at most 64 tables in a join"
        ),
        ("SELECT 1 /*\(String(repeating: "x", count: 1_000_001))*/", "a statement of 1,000,000"),
        ("SELECT 'x' LIKE '\(String(repeating: "%x", count: 600))'", "LIKE or GLOB pattern too complex"),
        ("SELECT 'x' GLOB '\(String(repeating: "*x", count: 600))'", "LIKE or GLOB pattern too complex"),
        ("SELECT json('\(String(repeating: "[", count: 3_000))')", "malformed JSON"),
    ]

    @Test(arguments: writes + reaches + bombs)
    func isRefusedByName(sql: String, reason: String) throws {
        try expectRefused(sql, reason)
    }

    /// What is put aside is counted over all of a process, so that no other test may have a limit as low as this.
    @Test(arguments: [
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT hex(zeroblob(400000)) || i AS text FROM n ORDER BY text
        """,
        """
        WITH RECURSIVE n (i) AS MATERIALIZED (SELECT hex(zeroblob(400000)) UNION ALL SELECT i FROM n)
        SELECT i FROM n LIMIT 1 OFFSET 1000000
        """,
    ])
    func whatFillsTheDiskIsRefused(sql: String) throws {
        try expectRefused(
            sql, "asks for more than 32 MiB of temporary files",
            QueryLimits(valueBytes: 1 << 20, temporaryBytes: 32 << 20))
    }

    @Test(arguments: [
        "random()", "randomblob(1)", "date()", "datetime('now')", "strftime('%Y', 'now', 'localtime')",
        "julianday('2026-01-01')", "unixepoch()", "CURRENT_TIMESTAMP", "current_date", "last_insert_rowid()",
        "changes()", "total_changes()", "sqlite_version()",
    ])
    func aVariantGivesTheSameAnswerAlways(call: String) throws {
        let sql = "SELECT id AS image_id, \(call) AS label FROM image"
        let refused = try refusal(of: sql, .variant)
        let name = call.prefix { $0 != "(" }.lowercased()
        #expect(refused?.summary.contains("calls the function \(name)") == true, "\(refused?.summary ?? "")")
        #expect(refused?.summary.contains("a variant must give the same answer") == true)
        #expect(throws: Never.self) { try workspace.catalog.reader().query(sql) { _ in true } }
    }

    /// A catalog may come from anyone, with views that do what nobody asked for.
    @Test(arguments: [
        ("SELECT load_extension('x')", "unsafe use of load_extension()"),
        ("SELECT * FROM dbstat", "dbstat"), ("SELECT random() AS image_id", "calls the function random"),
        ("SELECT * FROM pragma_journal_mode", "journal_mode"),
    ])
    func aViewOfAStrangerMayNoMore(definition: String, reason: String) throws {
        try workspace.tamper(workspace.path, "CREATE VIEW stranger AS \(definition)")
        let refused = try refusal(of: "SELECT * FROM stranger", .variant)
        #expect(refused?.summary.contains(reason) == true, "\(refused?.summary ?? "")")
    }

    @Test func aViewOfAStrangerMayUseFigmentsFunctions() throws {
        try workspace.tamper(
            workspace.path, "CREATE VIEW parts AS SELECT stable_split(uid, 'a:1.0') AS part FROM vocabulary")
        var parts: [String] = []
        try workspace.catalog.reader(for: .variant).query("SELECT part FROM parts") { row in
            parts.append(row.text(0))
            return true
        }
        #expect(parts == ["a"])
    }

    /// SQLite answers these with nothing, or with less than they ask for.
    @Test(arguments: ["printf('%.*c', 1000000000, 'x')", "printf('%1000000000d', 1)"])
    func aWideFormatTakesNoMemory(call: String) throws {
        let reader = try workspace.catalog.reader(limits: QueryLimits(valueBytes: 1 << 20))
        try reader.query("SELECT coalesce(length(\(call)), 0)") { row in
            #expect(row.integer(0) <= 1 << 20)
            return true
        }
    }

    @Test func aVirtualTableOfAStrangerIsNotRead() throws {
        try workspace.tamper(workspace.path, "CREATE VIRTUAL TABLE pages USING fts5 (x)")
        let refused = try refusal(of: "SELECT * FROM pages")
        #expect(refused?.summary.contains("reads pages, which is no table or view") == true)
    }
}
