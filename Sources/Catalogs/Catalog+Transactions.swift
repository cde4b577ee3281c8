import Diagnostics
import SQLite

extension Catalog {
    /// Runs `body` in one write transaction: all of its rows are kept, or none.
    ///
    /// Inside another `write` it joins that transaction.
    public func write<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        if isWriting { return try body() }
        return try lock.hold { () throws(Failure) in
            try failing { () throws(SQLiteError) in try connection.run("BEGIN IMMEDIATE") }
            let result: Result
            do throws(Failure) {
                result = try body()
                try failing { () throws(SQLiteError) in try connection.run("COMMIT") }
            } catch {
                connection.rollBack()
                throw error
            }
            keepLogShort()
            return result
        }
    }

    /// Runs `body` on one unchanging state of the catalog, whatever others append meanwhile.
    public func reading<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        if connection.isInTransaction { return try body() }
        try failing { () throws(SQLiteError) in try connection.run("BEGIN") }
        isReading = true
        defer {
            isReading = false
            connection.rollBack()
        }
        return try body()
    }

    /// How many rows were appended or changed since the catalog was opened: it stays where a row was there already.
    public var changeCount: Int { connection.totalChanges }

    /// Whether a write transaction is open; writing inside `reading` would be lost and is a fault of ours.
    var isWriting: Bool {
        precondition(!isReading, "nothing can be written inside of reading { }")
        return connection.isInTransaction
    }

    /// Brings the write-ahead log into the catalog and empties it, so that the file alone is complete.
    ///
    /// Where others are reading, what they still need stays in the log.
    public func checkpoint() throws(Failure) {
        try lock.hold { () throws(Failure) in try bringIn("TRUNCATE") }
    }

    /// Brings the log into the catalog where it has grown long, without waiting for anyone who reads.
    ///
    /// What a reader still needs stays in the log, and is tried again when it has grown by as much once more. With no
    /// reader that needs it, the next commit begins the log anew. Nor does it matter to what was committed where this
    /// fails, on a full disk say: the log has the rows, and `checkpoint` says what is wrong.
    private func keepLogShort() {
        let pages = connection.logPageCount
        if pages < logPagesTried { logPagesTried = 0 }
        guard pages - logPagesTried >= logLimit else { return }
        logPagesTried = pages
        try? bringIn("PASSIVE")
    }

    private func bringIn(_ mode: String) throws(Failure) {
        connection.wait(atMost: 0.2)
        defer { connection.wait(atMost: 30) }
        try failing { () throws(SQLiteError) in try connection.run("PRAGMA main.wal_checkpoint(\(mode))") }
    }
}
