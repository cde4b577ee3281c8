import SQLite
import Testing

/// What every table of the schema must declare.
struct ConstraintTests {
    let database: MigratedDatabase
    let tables: [String]

    init() throws {
        database = try MigratedDatabase()
        tables = try database.tables()
    }

    @Test func everyTableIsStrict() throws {
        let loose = try database.rows(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'"
        )
        #expect(loose.map { $0.text(0) } == [])
        #expect(tables.count > 30)
    }

    @Test func everyCheckIsNamedAfterItsTable() throws {
        var names: [String] = []
        for table in tables {
            let definition = try database.definition(of: table)
            let named = definition.matches(of: #/CONSTRAINT (\w+)\s+CHECK \(/#).map { String($0.output.1) }
            #expect(
                named.count == definition.matches(of: #/\bCHECK\b/#).count, "\(table) has a nameless CHECK")
            for name in named { #expect(name.hasPrefix("\(table)_"), "\(table): \(name)") }
            names += named
        }
        #expect(Set(names).count == names.count)
    }

    @Test func aBrokenCheckIsNamedInTheError() throws {
        var tried = 0
        for table in tables {
            for check in TableCheck.all(in: try database.definition(of: table)) {
                let error = #expect(throws: SQLiteError.self, "\(check.name)") {
                    try database.insertMinimalRow(into: table, with: [check.column: "neither"])
                }
                #expect(error?.message == "CHECK constraint failed: \(check.name)")
                tried += 1
            }
        }
        #expect(tried > 40)
    }

    /// schema/README.md lists the foreign keys that have no index, each with its reason.
    @Test func everyForeignKeyIsIndexedOrExcused() throws {
        var bare: Set<String> = []
        for table in tables {
            let indexed = try database.indexedColumns(of: table)
            for key in try database.foreignKeys(of: table) where !indexed.contains(key.column) {
                bare.insert(key.column == "run_id" ? "*.run_id" : "\(table).\(key.column)")
            }
        }
        let readme = try Checkout.text("schema/README.md")
        let listed = readme.split(separator: "\n").filter { $0.contains(#/^\| `[\w*]+\.\w+`/#) }.flatMap {
            line in
            line.split(separator: "|")[0].matches(of: #/`([\w*]+\.\w+)`/#).map { String($0.output.1) }
        }
        #expect(bare.subtracting(listed).sorted() == [], "index these, or give a reason in schema/README.md")
        #expect(Set(listed).subtracting(bare).sorted() == [], "these are indexed now, or gone")
    }
}
