import CSQLite3
import Diagnostics
import SQLite

/// Runs SQL that a person wrote: reading only, on a connection of its own, within limits.
public final class CatalogReader {
    private let connection: Connection
    private let queryGuard: QueryGuard
    private let limits: QueryLimits

    init(_ catalog: Catalog, _ purpose: QueryPurpose, _ limits: QueryLimits) throws(Failure) {
        self.limits = limits
        let connection = try Catalog.connect(catalog.path, catalog.location, .readOnly)
        self.connection = connection
        queryGuard = try failing { () throws(SQLiteError) in
            // SQLite sorts as much at a time as the cache may hold, and little at a time is faster.
            try connection.run("PRAGMA cache_size = -2000")
            // SQLite sets up a table-valued function when it is first named, by statements that the guard would
            // refuse.
            for function in QueryGuard.tableFunctions {
                try connection.run("SELECT 1 FROM \(function) LIMIT 0")
            }
            return QueryGuard(
                reading: try connection.names(
                    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view')"),
                // Their code may do anything.
                not: try connection.names(
                    """
                    SELECT name FROM pragma_module_list
                    UNION SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')
                    """),
                for: purpose)
        }
        Connection.limitMemory(to: limits.memoryBytes)
        connection.setLimit(SQLITE_LIMIT_LENGTH, limits.valueBytes)
        connection.setLimit(SQLITE_LIMIT_SQL_LENGTH, 1_000_000)
        connection.setLimit(SQLITE_LIMIT_EXPR_DEPTH, 500)
        connection.setLimit(SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000)
        connection.setLimit(SQLITE_LIMIT_VDBE_OP, 1_000_000)
        connection.setLimit(SQLITE_LIMIT_ATTACHED, 0)
        connection.setLimit(SQLITE_LIMIT_WORKER_THREADS, 0)
        guardStatements()
    }

    /// The columns that a query would yield, without running it.
    ///
    /// - Throws: badInput where the SQL does not parse, or would do anything but read.
    public func columns(of sql: String) throws(Failure) -> [String] { try prepare(sql).columns }

    /// The query in parentheses, to stand in another one where a table does.
    ///
    /// - Throws: badInput where it does not stand on its own.
    public func subquery(_ sql: String) throws(Failure) -> String { "(\n\(try prepare(sql).body)\n)" }

    /// The tables and views that a query reads by itself, not through views, as "main.image".
    public func tablesRead(by sql: String) throws(Failure) -> Set<String> {
        // A statement that is known already asks the guard no more.
        _ = try prepare("EXPLAIN \(sql)")
        return queryGuard.tablesRead
    }

    /// Runs a query, row by row.
    ///
    /// - Parameters:
    ///   - sql: one SELECT.
    ///   - body: takes a row, which is valid until it returns; false stops the query.
    /// - Returns: whether the query ended by itself, and was not cut off at the limit of rows.
    /// - Throws: badInput where the SQL does not parse, would do anything but read, or needs too much.
    @discardableResult
    public func query(_ sql: String, _ body: (Row) throws(Failure) -> Bool) throws(Failure) -> Bool {
        let statement = try prepare(sql)
        let watch = QueryWatch(limits)
        connection.stop { watch.isOver() }
        defer {
            connection.stop(when: nil)
            statement.reset()
        }
        var count = 0
        while try explained(watch, { () throws(SQLiteError) in try statement.step() }) {
            guard count < limits.rows else { return false }
            count += 1
            guard try body(statement.row) else { return true }
        }
        return true
    }

    /// Runs a query to its end, row by row, for what must not miss any.
    ///
    /// - Throws: what `query` throws; badInput too where it yields more rows than the limit.
    public func queryAll(_ sql: String, _ body: (Row) throws(Failure) -> Void) throws(Failure) {
        let isWhole = try query(sql) { row throws(Failure) in
            try body(row)
            return true
        }
        guard !isWhole else { return }
        throw Failure(
            .badInput, "the SQL yields more than \(limits.rows) rows",
            hint: "Ask for fewer by WHERE or LIMIT, or allow more with --row-limit where the command has it.")
    }

    /// Runs `body` on one unchanging state of the catalog, whatever others append meanwhile.
    public func reading<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try unguarded { () throws(SQLiteError) in try connection.run("BEGIN") }
        defer { try? unguarded { () throws(SQLiteError) in try connection.run("ROLLBACK") } }
        return try body()
    }

    /// Lets a name mean another query from now on, for this reader: in queries, and in all views of the catalog.
    ///
    /// SQLite looks for a name among what is temporary first. So the view is made anew there, with the other query, and
    /// every other view with its own, since what a view of the catalog names is in the catalog alone.
    public func replace(view name: String, by query: String) throws(Failure) {
        try unguarded { () throws(SQLiteError) in
            try connection.run("PRAGMA query_only = OFF")
            let views = try connection.schemaEntries().filter { $0.type == "view" && $0.name != name }
            try connection.run("CREATE TEMP VIEW \(name) AS \(query)")
            for view in views {
                guard let start = view.sql.firstRange(of: "VIEW") else { continue }
                try connection.run("CREATE TEMP \(view.sql[start.lowerBound...])")
            }
            try connection.run("PRAGMA query_only = ON")
        }
    }

    private func guardStatements() {
        connection.authorize { [queryGuard] action in queryGuard.allows(action) }
    }

    /// Runs SQL of our own.
    private func unguarded(_ body: () throws(SQLiteError) -> Void) throws(Failure) {
        connection.authorize(nil)
        defer { guardStatements() }
        try failing(body)
    }

    private func prepare(_ sql: String) throws(Failure) -> Statement {
        queryGuard.refusal = nil
        queryGuard.tablesRead = []
        let statement = try explained { () throws(SQLiteError) in try connection.statement(sql) }
        guard statement.isReadOnly else {
            throw refused(.init(action: "rewrites the file, or writes another"))
        }
        try explained { () throws(SQLiteError) in try statement.bind([SQLValue]()) }
        return statement
    }
}

extension CatalogReader {
    /// Turns SQLite's errors into what a person who wrote SQL can use.
    private func explained<Result>(
        _ watch: QueryWatch? = nil, _ body: () throws(SQLiteError) -> Result
    ) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            // What stands behind the statement was not to be looked at, let alone refused.
            if error.primaryCode != SQLITE_MISUSE, let refusal = queryGuard.refusal { throw refused(refusal) }
            switch (error.primaryCode, watch?.excess) {
            case (SQLITE_INTERRUPT, .temporaryFiles):
                throw tooMuch("\(limits.temporaryBytes >> 20) MiB of temporary files")
            case (SQLITE_INTERRUPT, _):
                throw Failure(
                    .badInput, "the SQL ran longer than \(limits.seconds) seconds and was stopped",
                    hint: "Ask for less, or allow more time with --time-limit.")
            case (SQLITE_NOMEM, _): throw tooMuch("\(limits.memoryBytes >> 20) MiB of memory")
            case (SQLITE_TOOBIG, _):
                throw tooMuch("\(limits.valueBytes) bytes in one value, or a statement of 1,000,000")
            case (SQLITE_READONLY, _): throw refused(.init(action: "writes"))
            case (SQLITE_ERROR, _), (SQLITE_MISUSE, _), (SQLITE_RANGE, _):
                throw Failure(
                    .badInput, "the SQL is refused: \(error.message)",
                    hint: "'figment query \"SELECT name, sql FROM sqlite_schema\"' shows the tables.")
            default: throw Failure(error)
            }
        }
    }

    private func tooMuch(_ amount: String) -> Failure {
        Failure(
            .badInput, "the SQL asks for more than \(amount)",
            hint: "Ask for less at a time: fewer rows or columns, or smaller texts.")
    }

    private func refused(_ refusal: QueryGuard.Refusal) -> Failure {
        Failure(
            .badInput, "the SQL is refused: it \(refusal.action), and \(refusal.reason)", hint: refusal.hint)
    }
}

extension Connection {
    /// The names that a query yields, in lower case.
    fileprivate func names(_ sql: String) throws(SQLiteError) -> Set<String> {
        let statement = try statement(sql)
        defer { statement.reset() }
        var names: Set<String> = []
        while try statement.step() { names.insert(statement.row.text(0).lowercased()) }
        return names
    }
}

extension Catalog {
    /// A reader for SQL of a person's own.
    public func reader(
        for purpose: QueryPurpose = .look, limits: QueryLimits = QueryLimits()
    ) throws(Failure) -> CatalogReader {
        try CatalogReader(self, purpose, limits)
    }
}
