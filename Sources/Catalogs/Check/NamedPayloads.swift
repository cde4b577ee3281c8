import Diagnostics
import SQLite

/// The payloads that rows name, by pack and digest: a query that is read once, from beginning to end.
final class NamedPayloads {
    /// A row that names a payload.
    struct Name {
        let pack: Int
        let digest: String
        let table: String
        let row: Int

        var title: String { "table \(table), row \(row)" }
    }

    private let statement: Statement
    /// The row at hand; nil after the last.
    private(set) var current: Name?

    init(in catalog: Catalog) throws(Failure) {
        statement = try failing { () throws(SQLiteError) in
            try catalog.connection.statement(
                """
                SELECT pack_id, file_sha256 AS digest, 'image', id FROM image
                UNION ALL SELECT pack_id, payload_sha256, 'conditioning', id FROM conditioning
                ORDER BY pack_id, digest
                """)
        }
        try advance()
    }

    deinit { statement.reset() }

    /// Goes on to the next row.
    func advance() throws(Failure) {
        current = try failing { () throws(SQLiteError) in
            guard try statement.step() else { return nil }
            let row = statement.row
            return Name(pack: row.integer(0), digest: row.text(1), table: row.text(2), row: row.integer(3))
        }
    }

    /// The row at hand, where it names a payload of this pack; those of packs before it are passed over.
    func name(in pack: Int) throws(Failure) -> Name? {
        while let name = current, name.pack < pack { try advance() }
        return current?.pack == pack ? current : nil
    }

    /// Goes on behind the rows that name payloads of this pack; gives their number.
    func passOver(_ pack: Int) throws(Failure) -> Int {
        var count = 0
        while try name(in: pack) != nil {
            count += 1
            try advance()
        }
        return count
    }
}
