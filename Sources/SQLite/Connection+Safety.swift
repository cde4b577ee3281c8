import CSQLite3

extension Connection {
    /// Something a statement would do, as the authorizer is asked about it.
    public struct Action: Sendable {
        /// SQLite's action code (SQLITE_READ, SQLITE_FUNCTION, …).
        public let code: Int32
        /// The first detail, by the code: a table, a pragma, an operation.
        public let first: String?
        /// The second detail, by the code: a column or a function.
        public let second: String?
        /// The database it would be done in ("main", "temp").
        public let database: String?
        /// The view or trigger whose SQL says so, nil where the statement itself does.
        public let origin: String?
    }

    /// Asks `isAllowed` about everything that statements prepared from now on would do; nil asks no more.
    public func authorize(_ isAllowed: ((Action) -> Bool)?) {
        guardian = isAllowed.map(Guardian.init)
        guard let guardian else {
            sqlite3_set_authorizer(database, nil, nil)
            return
        }
        sqlite3_set_authorizer(
            database,
            { context, code, first, second, database, origin in
                guard let context else { return SQLITE_DENY }
                let guardian = Unmanaged<Guardian>.fromOpaque(context).takeUnretainedValue()
                let action = Action(
                    code: code, first: first.map { String(cString: $0) },
                    second: second.map { String(cString: $0) },
                    database: database.map { String(cString: $0) }, origin: origin.map { String(cString: $0) }
                )
                return guardian.isAllowed(action) ? SQLITE_OK : SQLITE_DENY
            }, Unmanaged.passUnretained(guardian).toOpaque())
    }

    /// Asks `mustStop` again and again while a statement runs, and stops it with SQLITE_INTERRUPT when that says so;
    /// nil lets statements run.
    ///
    /// It is asked every 1,000 of SQLite's instructions, some 20 microseconds for most; one instruction may take long.
    public func stop(when mustStop: (() -> Bool)?) {
        watch = mustStop.map(Watch.init)
        guard let watch else {
            sqlite3_progress_handler(database, 0, nil, nil)
            return
        }
        sqlite3_progress_handler(
            database, 1000,
            { context in
                guard let context else { return 1 }
                return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().mustStop() ? 1 : 0
            }, Unmanaged.passUnretained(watch).toOpaque())
    }

    /// Limits the memory that SQLite takes in this process, all connections together, in bytes.
    ///
    /// A statement that needs more fails with SQLITE_NOMEM. A smaller limit that is set already stays.
    public static func limitMemory(to byteCount: Int) {
        let present = sqlite3_hard_heap_limit64(-1)
        if present == 0 || present > byteCount { sqlite3_hard_heap_limit64(Int64(byteCount)) }
    }

    /// Limits a quantity (SQLITE_LIMIT_LENGTH, …) for this connection.
    public func setLimit(_ category: Int32, _ value: Int) {
        sqlite3_limit(database, category, Int32(clamping: value))
    }

    /// Makes hostile SQL and hostile schemas harmless: no writing to the schema's own tables, no extensions, texts
    /// in single quotes only.
    ///
    /// - Parameter isSchemaTrusted: whether the schema may call functions that SQLite does not know to be harmless.
    public func defend(isSchemaTrusted: Bool = false) {
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, isSchemaTrusted ? 1 : 0)
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_DQS_DML, 0)
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_DQS_DDL, 0)
    }

    /// Leaves the write-ahead log as it is when the last connection closes.
    public func keepLogOnClose() {
        _ = figment_sqlite3_switch(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }
}

/// What an authorizer's C callback can point to.
final class Guardian {
    let isAllowed: (Connection.Action) -> Bool

    init(_ isAllowed: @escaping (Connection.Action) -> Bool) { self.isAllowed = isAllowed }
}

/// What a progress handler's C callback can point to.
final class Watch {
    let mustStop: () -> Bool

    init(_ mustStop: @escaping () -> Bool) { self.mustStop = mustStop }
}
