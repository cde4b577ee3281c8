import CSQLite3
import Diagnostics
import SQLite

/// How much SQL of a person's own may ask for.
public struct QueryLimits: Sendable {
    /// How long it may run, in seconds.
    public var seconds: Double
    /// How many rows it may yield; more are cut off.
    public var rows: Int
    /// How large a text, blob or row may be, in bytes.
    public var valueBytes: Int

    /// Makes limits.
    public init(seconds: Double = 30, rows: Int = .max, valueBytes: Int = 64 << 20) {
        self.seconds = seconds
        self.rows = rows
        self.valueBytes = valueBytes
    }
}

/// Runs SQL that a person wrote: reading only, on a connection of its own, within limits.
public final class CatalogReader {
    private let connection: Connection
    private let queryGuard = QueryGuard()
    private let limits: QueryLimits

    init(_ catalog: Catalog, _ limits: QueryLimits) throws(Failure) {
        self.limits = limits
        let connection = try Catalog.connect(catalog.path, catalog.location, .readOnly)
        // SQLite sets up a table-valued function when it is first named, by statements that the guard would refuse.
        try failing { () throws(SQLiteError) in
            for function in QueryGuard.tableFunctions {
                try connection.run("SELECT 1 FROM \(function) LIMIT 0")
            }
        }
        self.connection = connection
        connection.setLimit(SQLITE_LIMIT_LENGTH, limits.valueBytes)
        connection.setLimit(SQLITE_LIMIT_SQL_LENGTH, 1_000_000)
        connection.setLimit(SQLITE_LIMIT_EXPR_DEPTH, 500)
        connection.setLimit(SQLITE_LIMIT_ATTACHED, 0)
        connection.setLimit(SQLITE_LIMIT_WORKER_THREADS, 0)
        connection.authorize { [queryGuard] action in queryGuard.allows(action) }
    }

    /// The columns that a query would yield, without running it.
    ///
    /// - Throws: badInput where the SQL does not parse, or would do anything but read.
    public func columns(of sql: String) throws(Failure) -> [String] { try prepare(sql).columns }

    /// Runs a query, row by row.
    ///
    /// - Parameters:
    ///   - sql: one SELECT.
    ///   - body: takes the names of the columns and a row's values; false stops the query.
    /// - Returns: whether the query ended by itself, and was not cut off at the limit of rows.
    /// - Throws: badInput where the SQL does not parse, would do anything but read, or runs too long.
    @discardableResult
    public func query(
        _ sql: String, _ body: (_ columns: [String], _ row: [SQLValue]) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let statement = try prepare(sql)
        connection.setDeadline(.now + .seconds(limits.seconds))
        defer {
            connection.setDeadline(nil)
            statement.reset()
        }
        let columns = statement.columns
        var count = 0
        while try explained({ () throws(SQLiteError) in try statement.step() }) {
            guard count < limits.rows else { return false }
            count += 1
            guard try body(columns, statement.row.values) else { return true }
        }
        return true
    }

    private func prepare(_ sql: String) throws(Failure) -> Statement {
        let statement = try explained { () throws(SQLiteError) in try connection.statement(sql) }
        guard statement.isReadOnly else { throw Self.refused("changes the file") }
        try explained { () throws(SQLiteError) in try statement.bind([SQLValue]()) }
        return statement
    }

    /// Turns SQLite's errors into what a person who wrote SQL can use.
    private func explained<Result>(_ body: () throws(SQLiteError) -> Result) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            switch error.primaryCode {
            case SQLITE_AUTH, SQLITE_READONLY:
                throw Self.refused(queryGuard.refusal ?? "writes")
            case SQLITE_INTERRUPT:
                throw Failure(
                    .badInput, "the SQL ran longer than \(limits.seconds) seconds and was stopped",
                    hint: "Ask for less, or allow more time with --time-limit.")
            case SQLITE_ERROR where queryGuard.refusal != nil && error.message.contains("not authorized"):
                throw Self.refused(queryGuard.refusal ?? "writes")
            case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE:
                throw Failure(
                    .badInput, "the SQL is refused: \(error.message)",
                    hint: "'figment query \"SELECT name, sql FROM sqlite_schema\"' shows the tables.")
            default: throw Failure(error)
            }
        }
    }

    private static func refused(_ action: String) -> Failure {
        Failure(
            .badInput, "the SQL is refused: it \(action), and a query may only read",
            hint: "Write one SELECT; rows are appended by the other commands only.")
    }
}

extension Catalog {
    /// A reader for SQL of a person's own.
    public func reader(limits: QueryLimits = QueryLimits()) throws(Failure) -> CatalogReader {
        try CatalogReader(self, limits)
    }
}
