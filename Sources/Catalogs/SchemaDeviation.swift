import CatalogSchema
import Diagnostics
import SQLite

/// Something in a catalog's schema that is not as Figment's migrations make it.
///
/// Nothing but migrations changes a schema. A trigger less would let rows be changed, one more could do anything with
/// every row that comes, and a view of ours with another query would have programs work on other rows than are there.
struct SchemaDeviation {
    /// The table, index, view or trigger ("trigger image_refuses_update").
    let title: String
    /// Whether it is there and no migration made it; else it is one of ours that is missing or altered.
    let isForeign: Bool

    /// What is wrong with it.
    var message: String {
        isForeign ? "\(title) is foreign: no migration made it" : "\(title) is missing or altered"
    }

    /// What to do about it.
    private var hint: String {
        isForeign
            ? "If it is yours, drop it, and keep it in a database of your own; else find out who put it there."
            : "Restore a copy; 'figment check' shows all that is altered."
    }

    /// All of a database's deviations from the schema that migrations make.
    static func all(
        in schema: String = "main", of connection: Connection, after migrations: [Migration] = Migration.all
    ) throws(SQLiteError) -> [SchemaDeviation] {
        let own = try connection.schemaEntries(of: schema)
        if migrations.count == Migration.all.count, isAsRecorded(own) { return [] }
        let fresh = try Connection.inMemory()
        for migration in migrations { try fresh.runScript(migration.sql) }
        let expected = try fresh.schemaEntries()
        let (present, known) = (Set(own), Set(expected.map(\.title)))
        return expected.filter { !present.contains($0) }.map { .init(title: $0.title, isForeign: false) }
            + own.filter { !known.contains($0.title) }.map { .init(title: $0.title, isForeign: true) }
    }

    /// Whether a schema is, to the letter, that of schema/catalog.sql: there is no need to make one then.
    private static func isAsRecorded(_ entries: [SchemaEntry]) -> Bool {
        let isCalledAsItSays = entries.allSatisfy { entry in
            let words = entry.sql.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x28 }).prefix(4).map {
                String(Substring($0))
            }
            let name = words.count > 2 && words[1] == "UNIQUE" ? words.last : words.dropFirst(2).first
            return words.contains(entry.type.uppercased()) && name == entry.name
        }
        return isCalledAsItSays && entries.map { $0.sql + ";\n" }.joined() == CatalogSchema.text
    }

    /// Refuses a database that has one.
    ///
    /// - Parameter path: the database, as it was named.
    static func refuseAny(
        in schema: String = "main", of connection: Connection, named path: String,
        after migrations: [Migration] = Migration.all
    ) throws(Failure) {
        let deviations = try failing { () throws(SQLiteError) in
            try all(in: schema, of: connection, after: migrations)
        }
        guard let first = deviations.first else { return }
        throw Failure(.catalog, "\(path) is damaged: the \(first.message)", hint: first.hint)
    }
}
