import CSQLite3

extension Connection {
    /// How many pages of the write-ahead log were in use after this connection's last commit.
    ///
    /// It falls when the log, having been brought into the database, begins anew. `countLogPages` must have been called.
    public var logPageCount: Int { logMeter?.pageCount ?? 0 }

    /// Begins to count the pages of the log, in place of the checkpoints that SQLite would make by itself.
    public func countLogPages() {
        let meter = LogMeter()
        logMeter = meter
        sqlite3_wal_hook(
            database,
            { context, _, _, count in
                guard let context else { return SQLITE_OK }
                Unmanaged<LogMeter>.fromOpaque(context).takeUnretainedValue().pageCount = Int(count)
                return SQLITE_OK
            }, Unmanaged.passUnretained(meter).toOpaque())
    }

    final class LogMeter {
        var pageCount = 0
    }
}
