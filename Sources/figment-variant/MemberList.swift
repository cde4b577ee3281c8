import Catalogs
import Diagnostics
import Digests
import SQLite
import StageKit

/// The members of a variant at one time, put aside in a temporary file so that their number does not matter.
struct MemberList {
    let count: Int
    private let scratch: Connection

    /// Runs a query of members to its end.
    ///
    /// - Throws: badInput where it yields no image, what is none, or one twice.
    init(_ sql: String, _ reader: CatalogReader) throws(Failure) {
        let (scratch, insertion) = try failing { () throws(SQLiteError) in
            let scratch = try Connection.temporary()
            try scratch.run("PRAGMA cache_size = -65536")
            try scratch.run(
                """
                CREATE TABLE member (
                    image_id INTEGER PRIMARY KEY, uid TEXT, label TEXT, split TEXT, weight REAL, soft_target TEXT)
                """)
            try scratch.run("BEGIN")
            return (
                scratch,
                try scratch.statement("INSERT INTO member VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            )
        }
        var count = 0
        try reader.queryAll(sql) { row throws(Failure) in
            count += 1
            try Member.check(row, number: count)
            try failing { () throws(SQLiteError) in try insertion.run(then: row) }
            guard scratch.changes == 1 else {
                throw Failure(
                    .badInput, "row \(count): the image \(row.integer(0)) comes a second time",
                    hint: "Use SELECT DISTINCT, or GROUP BY image_id.")
            }
        }
        guard count > 0 else {
            throw Failure(
                .badInput, "the query yields no image", hint: "Try it with 'figment query' and mend it.")
        }
        self.count = count
        self.scratch = scratch
    }

    /// The digest of the members.
    func digest() throws(Failure) -> Digest {
        var digest = SnapshotDigest()
        try reading("SELECT uid, label, split, weight, soft_target FROM member ORDER BY uid") {
            members throws(Failure) in
            while try failing({ () throws(SQLiteError) in try members.step() }) { digest.update(members.row) }
        }
        return digest.digest
    }

    /// Appends the members to a snapshot.
    func append(to snapshot: Int, in catalog: Catalog) throws(Failure) {
        try reading("SELECT image_id, label, split, weight, soft_target FROM member ORDER BY image_id") {
            members throws(Failure) in
            try catalog.execute(
                """
                INSERT INTO snapshot_item (snapshot_id, image_id, label, split, weight, soft_target)
                VALUES (?, ?, ?, ?, ?, ?)
                """, [.integer(snapshot)], forEachRowOf: members)
        }
    }

    private func reading(_ sql: String, _ body: (Statement) throws(Failure) -> Void) throws(Failure) {
        let statement = try failing { () throws(SQLiteError) in try scratch.statement(sql) }
        defer { statement.reset() }
        try body(statement)
    }
}
