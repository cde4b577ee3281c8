import Catalogs
import Diagnostics
import SQLite
import TestSupport
import Testing

/// Rows are appended, never changed: every table but `claim` refuses everything else, row by row.
struct AppendOnlyTests {
    static let changing: Set = ["claim"]

    @Test(arguments: try MigratedDatabase().tables().filter { !changing.contains($0) })
    func refusesChanges(table: String) throws {
        let database = try MigratedDatabase()
        try database.insertMinimalRow(into: table)
        let before = try database.rows("SELECT * FROM \(table)")
        #expect(before.count == 1)

        for column in try database.columns(of: table) {
            let error = #expect(throws: SQLiteError.self) {
                try database.connection.run("UPDATE \(table) SET \(column.name) = \(column.name)")
            }
            #expect(error?.message == Self.refusal(of: "UPDATE", table))
        }
        let error = #expect(throws: SQLiteError.self) { try database.connection.run("DELETE FROM \(table)") }
        #expect(error?.message == Self.refusal(of: "DELETE", table))
        #expect(try database.rows("SELECT * FROM \(table)") == before)
    }

    /// REPLACE asks delete triggers only where triggers are recursive; catalogs are opened so.
    @Test(arguments: try MigratedDatabase().tables().filter { !changing.contains($0) })
    func refusesReplacementUnderRecursiveTriggers(table: String) throws {
        let database = try MigratedDatabase()
        try database.connection.run("PRAGMA recursive_triggers = ON")
        try database.insertMinimalRow(into: table)
        let error = #expect(throws: SQLiteError.self) {
            try database.insertMinimalRow(into: table, "INSERT OR REPLACE")
        }
        #expect(error?.message == Self.refusal(of: "DELETE", table))
        #expect(try database.rows("SELECT * FROM \(table)").count == 1)
    }

    /// The same through the connection that every program of figment's writes by.
    @Test func refusesChangesThroughACatalog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("catalog.sqlite")
        try Catalog.create(at: path, version: "test")
        let database = MigratedDatabase(try Connection(path, .readWrite))
        let tables = try database.tables().filter { !Self.changing.contains($0) }
        #expect(tables.contains("frontier") && tables.count > 30)
        for table in tables where table != "migration" { try database.insertMinimalRow(into: table) }
        let catalog = try Catalog.open(at: path)
        for table in tables {
            let names = try database.columns(of: table).map(\.name)
            let columns = names.joined(separator: ", ")
            for sql in [
                "UPDATE \(table) SET \(names[0]) = \(names[0])", "DELETE FROM \(table)",
                "INSERT OR REPLACE INTO \(table) (\(columns)) SELECT \(columns) FROM \(table) LIMIT 1",
            ] {
                let refusal = #expect(throws: Failure.self, "\(sql)") { try catalog.execute(sql) }
                #expect(
                    refusal?.summary.contains("\(table) is append-only: ") == true,
                    "\(sql): \(refusal as Any)")
            }
            #expect(try catalog.integer("SELECT count(*) FROM \(table)") > 0, "\(table)")
        }
        let stray = #expect(throws: Failure.self) {
            try catalog.execute("INSERT INTO frontier (work, item_id, run_id) VALUES ('x', 9, 99)")
        }
        #expect(stray?.summary.contains("FOREIGN KEY constraint failed") == true)
    }

    @Test func claimsComeAndGo() throws {
        let database = try MigratedDatabase()
        try database.insertMinimalRow(into: "claim")
        try database.connection.run("UPDATE claim SET deadline = 7")
        #expect(try database.connection.integer("SELECT deadline FROM claim") == 7)
        try database.connection.run("DELETE FROM claim")
        #expect(try database.rows("SELECT * FROM claim").isEmpty)
    }

    private static func refusal(of verb: String, _ table: String) -> String {
        "\(table) is append-only: \(verb) is refused; append a new row instead"
    }
}
