/// A table, an index, a view or a trigger, as a database's schema has it.
public struct SchemaEntry: Hashable, Sendable {
    /// What it is ("table").
    public let type: String
    /// Its name.
    public let name: String
    /// The statement that makes it.
    public let sql: String

    /// What it is and its name.
    public var title: String { "\(type) \(name)" }
}

extension Connection {
    /// All that a schema holds, tables first, then indices, views and triggers, each kind by name; but what SQLite makes
    /// by itself, for keys and for ANALYZE.
    ///
    /// - Parameter schema: the name of an attached database; without one, the connection's own.
    public func schemaEntries(of schema: String = "main") throws(SQLiteError) -> [SchemaEntry] {
        let statement = try statement(
            """
            SELECT type, name, coalesce(sql, '') FROM \(schema).sqlite_schema
            WHERE NOT (type = 'index' AND sql IS NULL AND name GLOB 'sqlite_autoindex_*')
            AND NOT (type = 'table' AND name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))
            ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, name
            """)
        defer { statement.reset() }
        var entries: [SchemaEntry] = []
        while try statement.step() {
            let row = statement.row
            entries.append(SchemaEntry(type: row.text(0), name: row.text(1), sql: row.text(2)))
        }
        return entries
    }

    /// The statements that make the schema, in the order of `schemaEntries`: the same for the same schema.
    public func schemaText() throws(SQLiteError) -> String {
        try schemaEntries().map { $0.sql + ";\n" }.joined()
    }
}
