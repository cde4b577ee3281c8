import CSQLite3
import CatalogSchema
import Diagnostics
import Glibc
import SQLite

/// An open catalog: rows are read from it and appended to it, for one thread at a time.
public final class Catalog {
    /// What a catalog is opened for.
    public enum Mode: Sendable {
        /// Reading only.
        case readOnly
        /// Reading and appending.
        case readWrite
    }

    /// The file, as it was named.
    public let path: String
    /// Where the file and its companions are.
    let location: CatalogLocation
    let connection: Connection
    let lock: WriteLock
    var packs: [Int: Pack] = [:]
    /// What stops statements that take too long; nil where they may take as long as they do.
    var clock: StatementClock?
    var isReading = false
    /// By how many pages the write-ahead log may grow before it is brought into the catalog: 256 MiB.
    ///
    /// Uids come in no order, so that most pages of their indices are in the log many times, and brought in once.
    var logLimit = 65_536
    /// How long the log was when that was last tried.
    var logPagesTried = 0

    init(path: String, location: CatalogLocation, connection: Connection) {
        self.path = path
        self.location = location
        self.connection = connection
        lock = WriteLock(path: location.lock, catalog: path)
    }

    /// Opens a catalog of this version.
    ///
    /// What is opened for reading only may be somebody else's: each of its statements is limited in time, and every
    /// value in size.
    ///
    /// - Throws: missingResource where there is no file; catalog where it is no database, another program's, of
    ///   another version, on a network file system, or has a schema that no migration made; io where it cannot be read
    ///   or written.
    public static func open(at path: String, mode: Mode = .readWrite) throws(Failure) -> Catalog {
        let location = try CatalogLocation(existing: path)
        try CatalogIdentity.read(path).requireCurrent()
        let catalog = Catalog(
            path: path, location: location, connection: try connect(path, location, mode))
        try catalog.checkMigrations()
        try SchemaDeviation.refuseAny(of: catalog.connection, named: path)
        if mode == .readWrite {
            try catalog.useLog()
        } else {
            catalog.clock = StatementClock(on: catalog.connection)
        }
        return catalog
    }

    /// How large a text, a blob or a row of a catalog may be, in bytes.
    static let valueBytes = 16 << 20
    /// How much memory SQLite may take in a process, all connections together, in bytes.
    private static let memoryBytes = 1 << 30

    /// A connection of its own, with the catalog's functions, for reading or for writing.
    static func connect(
        _ path: String, _ location: CatalogLocation, _ mode: Mode
    ) throws(Failure) -> Connection {
        let connection: Connection
        Connection.limitMemory(to: memoryBytes)
        switch mode {
        case .readWrite:
            try NetworkFileSystem.refuse(location.file, named: path)
            connection = try failing { () throws(SQLiteError) in
                try Connection(location.file, .readWrite, named: path, followingLinks: false)
            }
            guard !connection.isReadOnly else {
                throw Failure(
                    .io, "the catalog \(path) cannot be written to",
                    hint: "Check the permissions of the file and of its folder.")
            }
        case .readOnly:
            let readingMode = try location.readingMode(named: path)
            connection = try failing { () throws(SQLiteError) in
                try Connection(location.file, readingMode, named: path, followingLinks: false)
            }
        }
        return try failing { () throws(SQLiteError) in
            // SQLite before 3.41 takes its own json_valid, which our CHECKs call, for harmful. Readers get one that
            // it trusts; writers trust the schema, which can do no more to the catalog than they may do anyway.
            connection.defend(isSchemaTrusted: mode == .readWrite)
            connection.setLimit(SQLITE_LIMIT_LENGTH, valueBytes)
            connection.keepLogOnClose()
            if mode == .readOnly {
                try connection.defineJSONValid()
                try connection.run("PRAGMA query_only = ON")
            }
            try connection.run("PRAGMA foreign_keys = ON")
            // REPLACE deletes rows, and asks the triggers that refuse it only where triggers are recursive.
            try connection.run("PRAGMA recursive_triggers = ON")
            try connection.run("PRAGMA synchronous = NORMAL")
            connection.countLogPages()
            // 64 MiB of pages: uids are spread evenly, so every append touches any page of their index.
            try connection.run("PRAGMA cache_size = -65536")
            try connection.defineFunctions()
            return connection
        }
    }

    /// Switches a file that is a plain copy (of VACUUM INTO, say) back to a write-ahead log.
    private func useLog() throws(Failure) {
        let mode = try failing { () throws(SQLiteError) in try connection.value("PRAGMA journal_mode") }
        guard mode != .text("wal") else { return }
        try lock.hold { () throws(Failure) in
            try failing { () throws(SQLiteError) in try connection.run("PRAGMA journal_mode = WAL") }
        }
    }

    /// Refuses a catalog whose migrations were not those that are embedded in this program.
    private func checkMigrations() throws(Failure) {
        let applied = try rows("SELECT number, name, sha256 FROM migration ORDER BY number") { row in
            (number: row.integer(0), name: row.text(1), sha256: row.text(2))
        }
        let known = Migration.all.map { (number: $0.number, name: $0.name, sha256: $0.digest.hex) }
        guard applied.count == known.count, zip(applied, known).allSatisfy({ $0 == $1 }) else {
            throw Failure(
                .catalog, "\(path): its migrations are not those of this figment, though the version is",
                hint: "Use the figment that made it.")
        }
    }
}
