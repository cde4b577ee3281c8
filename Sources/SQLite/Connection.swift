import CSQLite3
import Texts

/// An open SQLite database, for one thread at a time.
public final class Connection {
    /// How the file may be used.
    public enum Mode: Sendable {
        /// Reading only; the file must exist.
        case readOnly
        /// Reading a file that nobody changes, without any lock or log beside it.
        case immutable
        /// Reading and writing; the file must exist.
        case readWrite
        /// Reading and writing; a missing file is made.
        case create

        var flags: Int32 {
            switch self {
            case .readOnly, .immutable: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        }
    }

    /// The file, as it was named.
    public let path: String
    let database: OpaquePointer?
    private var statements: [ExactString: Statement] = [:]
    var guardian: Guardian?
    var logMeter: LogMeter?
    var watch: Watch?

    /// Opens a database file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - name: how errors name it; nil for its path.
    ///   - follows: whether symbolic links on the way to the file are followed.
    ///   - busySeconds: how long to wait for another connection's lock.
    /// - Throws: where it cannot be opened, or has a journal that would make SQLite delete another file.
    public convenience init(
        _ path: String, _ mode: Mode, named name: String? = nil, followingLinks follows: Bool = true,
        busySeconds: Double = 30
    ) throws(SQLiteError) {
        if mode != .immutable { try Self.refuseSuperJournal(of: path) }
        try self.init(
            path: name ?? path, uri: Self.uri(path, mode), mode, extra: follows ? 0 : SQLITE_OPEN_NOFOLLOW,
            busySeconds: busySeconds)
    }

    private init(
        path: String, uri: String, _ mode: Mode, extra: Int32 = 0, busySeconds: Double
    ) throws(SQLiteError) {
        self.path = path
        var handle: OpaquePointer?
        // One thread at a time uses a connection, so SQLite need not lock it at every call.
        let flags = mode.flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | extra
        let code = sqlite3_open_v2(uri, &handle, flags, nil)
        database = handle
        guard code == SQLITE_OK else { throw SQLiteError(handle, code: code, path: path) }
        wait(atMost: busySeconds)
    }

    /// Sets how long to wait for another connection's lock, in seconds.
    public func wait(atMost seconds: Double) { sqlite3_busy_timeout(database, Int32(seconds * 1_000)) }

    /// Opens an empty database that lives in memory.
    public static func inMemory() throws(SQLiteError) -> Connection {
        try Connection(path: "a database in memory", uri: ":memory:", .create, busySeconds: 0)
    }

    /// Opens an empty database of the process's own, which lies in a nameless temporary file once it is large.
    public static func temporary() throws(SQLiteError) -> Connection {
        try Connection(path: "a temporary database", uri: "", .create, busySeconds: 0)
    }

    deinit {
        sqlite3_set_authorizer(database, nil, nil)
        sqlite3_progress_handler(database, 0, nil, nil)
        sqlite3_wal_hook(database, nil, nil)
        statements.removeAll()
        // The second version waits for statements that outlive this object.
        sqlite3_close_v2(database)
    }

    /// SQLite's version at run time ("3.40.1").
    public static var version: String { String(cString: sqlite3_libversion()) }

    /// Whether the file can only be read.
    public var isReadOnly: Bool { sqlite3_db_readonly(database, "main") == 1 }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

    /// The rowid of the last row that was inserted.
    public var lastInsertedID: Int { Int(sqlite3_last_insert_rowid(database)) }

    /// The number of rows that the last INSERT, UPDATE or DELETE changed.
    public var changes: Int { Int(sqlite3_changes64(database)) }

    /// The number of rows that all statements so far have changed.
    public var totalChanges: Int { Int(sqlite3_total_changes64(database)) }

    /// A statement, prepared once and kept for the next time; bindings are cleared.
    ///
    /// - Throws: where it does not parse, or where there is more than one.
    public func statement(_ sql: String) throws(SQLiteError) -> Statement {
        let key = ExactString(sql)
        if let cached = statements[key], !cached.isRunning {
            cached.reset()
            return cached
        }
        let fresh = try Statement(sql, on: self)
        if statements.count >= 200 { statements.removeAll() }
        statements[key] = fresh
        return fresh
    }

    /// Runs one statement to its end, ignoring rows.
    public func run(_ sql: String, _ bindings: [SQLValue] = []) throws(SQLiteError) {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(bindings)
        while try statement.step() {}
    }

    /// Runs a script of any number of statements without values.
    public func runScript(_ sql: String) throws(SQLiteError) {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLiteError(database, sql: sql, path: path)
        }
    }

    /// The first column of a query's first row; null where there is no row.
    public func value(_ sql: String, _ bindings: [SQLValue] = []) throws(SQLiteError) -> SQLValue {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(bindings)
        return try statement.step() ? statement.row.value(0) : .null
    }

    /// The first column of a query's first row as an integer; 0 where there is no row.
    public func integer(_ sql: String, _ bindings: [SQLValue] = []) throws(SQLiteError) -> Int {
        if case .integer(let integer) = try value(sql, bindings) { integer } else { 0 }
    }

    /// Runs `body` in a transaction that takes the write lock at once; an error rolls back.
    ///
    /// A transaction that reads first and writes later can fail at the change however long it waits, so there
    /// is no other kind for writing.
    public func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Ends an open transaction without its changes; does nothing where SQLite has done so itself.
    public func rollBack() {
        if isInTransaction { sqlite3_exec(database, "ROLLBACK", nil, nil, nil) }
    }

    /// Makes the tables of another database readable as `name.table`, on this connection alone.
    ///
    /// - Parameter isImmutable: whether nobody changes the file, so that it is read without locks.
    public func attach(_ path: String, as name: String, isImmutable: Bool) throws(SQLiteError) {
        if !isImmutable { try Self.refuseSuperJournal(of: path) }
        try run("ATTACH ? AS \(name)", [.text(Self.uri(path, isImmutable ? .immutable : .readOnly))])
    }

    /// Writes a compact copy of the database into a new file; an error in writing names that.
    public func copy(to path: String) throws(SQLiteError) {
        do {
            try run("VACUUM INTO ?", [.text(path)])
        } catch {
            let isReading = [SQLITE_IOERR | 1 << 8, SQLITE_IOERR | 2 << 8].contains(error.code)
            let concernsCopy = [SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN].contains(error.primaryCode)
            guard concernsCopy, !isReading else { throw error }
            throw SQLiteError(code: error.code, message: error.message, sql: error.sql, path: path)
        }
    }

    /// The path as SQLite's URI form, in which `?` and `#` are no longer special; a plain path may begin with
    /// "file:" too, so it is always spelled out.
    static func uri(_ path: String, _ mode: Mode) -> String {
        let plain = Array("/-._~".utf8)
        let path = path.hasPrefix(":") ? "./" + path : path
        let escaped = path.utf8.map { byte in
            let isPlain =
                plain.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            guard !isPlain else { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
        let options =
            switch mode {
            case .readOnly: "?mode=ro"
            case .immutable: "?mode=ro&immutable=1"
            case .readWrite, .create: ""
            }
        return "file:" + escaped.joined() + options
    }
}
