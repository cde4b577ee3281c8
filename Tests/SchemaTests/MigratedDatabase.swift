import CatalogSchema
import Foundation
import SQLite

/// An empty database in memory to which every migration was applied, and what SQLite says of its schema.
struct MigratedDatabase {
    let connection: Connection

    /// A column as SQLite describes it.
    struct Column {
        let name: String
        let type: String
        /// Whether a value is always there.
        let isRequired: Bool
    }

    /// A column that holds another table's key.
    struct ForeignKey {
        let column: String
        let parent: String
    }

    init() throws {
        connection = try .inMemory()
        for migration in Migration.all { try connection.runScript(migration.sql) }
    }

    /// A database that was migrated before.
    init(_ connection: Connection) { self.connection = connection }

    /// The tables, by name.
    func tables() throws -> [String] { try names(of: "table") }

    /// The views, by name.
    func views() throws -> [String] { try names(of: "view") }

    /// The columns of a table or view, in order.
    func columns(of table: String) throws -> [Column] {
        try rows("SELECT name, type, \"notnull\" OR pk > 0 FROM pragma_table_info(?)", [.text(table)]).map {
            Column(name: $0.text(0), type: $0.text(1), isRequired: $0[2] == .integer(1))
        }
    }

    /// The foreign keys of a table.
    func foreignKeys(of table: String) throws -> [ForeignKey] {
        try rows("SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?)", [.text(table)]).map {
            ForeignKey(column: $0.text(0), parent: $0.text(1))
        }
    }

    /// The columns by which a table's rows are found without reading all of them.
    func indexedColumns(of table: String) throws -> Set<String> {
        let sql = """
            SELECT info.name FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info
            WHERE info.seqno = 0
            UNION SELECT name FROM pragma_table_info(?1) WHERE type = 'INTEGER' AND pk = 1
            """
        return Set(try rows(sql, [.text(table)]).map { $0.text(0) })
    }

    /// The statement that made a table.
    func definition(of table: String) throws -> String {
        try rows("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", [.text(table)])[0].text(0)
    }

    /// All rows of a query.
    func rows(_ sql: String, _ bindings: [SQLValue] = []) throws -> [[SQLValue]] {
        let statement = try connection.statement(sql)
        defer { statement.reset() }
        try statement.bind(bindings)
        var rows: [[SQLValue]] = []
        while try statement.step() { rows.append(statement.row.values) }
        return rows
    }

    private func names(of kind: String) throws -> [String] {
        try rows("SELECT name FROM sqlite_schema WHERE type = ? ORDER BY name", [.text(kind)]).map {
            $0.text(0)
        }
    }
}

extension [SQLValue] {
    /// The text at a place; empty where there is something else.
    func text(_ index: Int) -> String {
        if case .text(let text) = self[index] { text } else { "" }
    }
}

/// The checkout's files.
enum Checkout {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
