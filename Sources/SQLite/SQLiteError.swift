import CSQLite3
import Diagnostics
import Files
import Glibc

/// What SQLite refused: its extended result code and its own words.
public struct SQLiteError: Error, Hashable, Sendable {
    /// The extended result code (https://sqlite.org/rescode.html).
    public let code: Int32
    /// SQLite's message.
    public let message: String
    /// The statement, nil where there was none.
    public let sql: String?
    /// The database's file.
    public let path: String

    /// An extended code of Figment's own: the file was not opened, since its journal, which is the message, names a
    /// super-journal.
    static let superJournal = SQLITE_CANTOPEN | 0xFF << 8

    /// The primary result code.
    public var primaryCode: Int32 { code & 0xFF }

    init(code: Int32, message: String, sql: String? = nil, path: String) {
        self.code = code
        self.message = message
        self.sql = sql
        self.path = path
    }

    /// The last error of a connection.
    init(_ database: OpaquePointer?, code: Int32? = nil, sql: String? = nil, path: String) {
        let code = code ?? sqlite3_extended_errcode(database)
        let own = sqlite3_extended_errcode(database) == code ? sqlite3_errmsg(database) : sqlite3_errstr(code)
        self.init(code: code, message: own.map { String(cString: $0) } ?? "", sql: sql, path: path)
    }
}

extension Failure {
    /// The error in words for a person, with a remedy where there is one.
    public init(_ error: SQLiteError) {
        let path = error.path
        let (kind, summary, hint): (Failure.Kind, String, String?) =
            switch error.primaryCode {
            case SQLITE_BUSY, SQLITE_LOCKED:
                (
                    .catalogBusy, "\(path) is in use by another process, which did not let go of it",
                    "Wait for it to end and run the same command again: it goes on where it stopped."
                )
            case SQLITE_FULL:
                (.io, "there is no space left to write \(path)", "Free space and run the same command again.")
            case SQLITE_IOERR:
                (
                    .io, "reading or writing \(path) failed: \(error.message)",
                    "Check the disk and its free space; then run 'figment check'."
                )
            case SQLITE_READONLY, SQLITE_PERM:
                (.io, "\(path) cannot be written to", "Check the permissions of the file and of its folder.")
            case SQLITE_CANTOPEN where error.code == SQLiteError.superJournal:
                (
                    .catalog,
                    "the journal \(error.message) names another file, which SQLite would delete on opening \(path)",
                    "Nothing of figment's makes such a journal. Open the file with no program; delete the journal."
                )
            case SQLITE_CANTOPEN: Self.unopened(path)
            case SQLITE_NOTADB:
                (.catalog, "\(path) is not an SQLite database", "Check that it is the right file.")
            case SQLITE_CORRUPT:
                (
                    .catalog, "\(path) is damaged: \(error.message)",
                    "Restore a copy, or save what can be read with 'sqlite3 FILE .recover'."
                )
            case SQLITE_TOOBIG:
                (.badInput, "\(path): a text or blob is larger than the limit", "Ask for less in one value.")
            case SQLITE_NOMEM:
                (
                    .outOfMemory,
                    "\(path): SQLite needs more memory than it gets, or than \(sqlite3_hard_heap_limit64(-1) >> 20) MiB",
                    "Ask for less at a time, or allow the program more memory."
                )
            case SQLITE_CONSTRAINT:
                (.badInput, "\(path) refuses a row: \(error.message)", nil)
            case SQLITE_INTERRUPT:
                (.badInput, "\(path): the statement was stopped before its end", nil)
            default:
                (.badInput, "\(path): SQLite says: \(error.message)", nil)
            }
        self.init(kind, summary, hint: hint, trail: error.sql.map { ["running \(Self.brief($0))"] } ?? [])
    }

    /// Why a file cannot be opened, as the system says, which SQLite keeps to itself.
    private static func unopened(_ path: String) -> (Failure.Kind, String, String?) {
        guard FileKind(of: path, followingLinks: true) != nil else {
            return (.io, "\(path) cannot be opened", "Check that its folder exists and may be written to.")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let failure = Failure.system("read", path, errno)
            return (.io, failure.summary, failure.hint)
        }
        close(descriptor)
        return (
            .io, "\(path) cannot be opened",
            "Check that its folder may be written to, and that it is no link."
        )
    }

    private static func brief(_ sql: String) -> String {
        let words = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > 120 ? "\(words.prefix(117))…" : words
    }
}

/// Runs what throws SQLite's errors where failures are thrown.
public func failing<Result>(_ body: () throws(SQLiteError) -> Result) throws(Failure) -> Result {
    do {
        return try body()
    } catch {
        throw Failure(error)
    }
}
