import CSQLite3
import Diagnostics
import Digests
import SQLite

extension Catalog {
    /// What `make` makes of each row of a query.
    public func rows<Element>(
        _ sql: String, _ bindings: [SQLValue] = [], _ make: (Row) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        var elements: [Element] = []
        try forEachRow(sql, bindings) { row throws(Failure) in elements.append(try make(row)) }
        return elements
    }

    /// What `make` makes of each row of a query whose parameters are bound by name (":seed").
    public func rows<Element>(
        _ sql: String, _ bindings: [String: SQLValue], _ make: (Row) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        var elements: [Element] = []
        try forEachRow(sql, bindings) { row throws(Failure) in elements.append(try make(row)) }
        return elements
    }

    /// Runs `body` on each row of a query.
    public func forEachRow(
        _ sql: String, _ bindings: [SQLValue] = [], _ body: (Row) throws(Failure) -> Void
    ) throws(Failure) {
        try run(sql, { statement throws(SQLiteError) in try statement.bind(bindings) }, body)
    }

    /// Runs `body` on each row of a query whose parameters are bound by name.
    public func forEachRow(
        _ sql: String, _ bindings: [String: SQLValue], _ body: (Row) throws(Failure) -> Void
    ) throws(Failure) {
        try run(sql, { statement throws(SQLiteError) in try statement.bind(bindings) }, body)
    }

    /// The first column of a query's first row as an integer; 0 where there is none.
    public func integer(_ sql: String, _ bindings: [SQLValue] = []) throws(Failure) -> Int {
        try rows(sql, bindings) { $0.integer(0) }.first ?? 0
    }

    /// The first column of a query's first row as an integer, parameters bound by name; 0 where there is none.
    public func integer(_ sql: String, _ bindings: [String: SQLValue]) throws(Failure) -> Int {
        try rows(sql, bindings) { $0.integer(0) }.first ?? 0
    }

    /// Runs a statement that yields no rows; outside of `write` it is a transaction of its own.
    public func execute(_ sql: String, _ bindings: [SQLValue] = []) throws(Failure) {
        try underLock { () throws(Failure) in try forEachRow(sql, bindings) { _ in } }
    }

    /// Runs a statement that yields no rows, parameters bound by name.
    public func execute(_ sql: String, _ bindings: [String: SQLValue]) throws(Failure) {
        try underLock { () throws(Failure) in try forEachRow(sql, bindings) { _ in } }
    }

    /// Runs a statement that yields no rows once for each row of a query, of any database: with some values, and after
    /// them the row's.
    public func execute(
        _ sql: String, _ bindings: [SQLValue], forEachRowOf query: Statement
    ) throws(Failure) {
        try underLock { () throws(Failure) in
            try failing { () throws(SQLiteError) in
                let statement = try connection.statement(sql)
                defer { statement.reset() }
                while try query.step() { try statement.run(bindings, then: query.row) }
            }
        }
    }

    private func underLock(_ body: () throws(Failure) -> Void) throws(Failure) {
        if isWriting { try body() } else { try lock.hold(body) }
    }

    private func run(
        _ sql: String, _ bind: (Statement) throws(SQLiteError) -> Void, _ body: (Row) throws(Failure) -> Void
    ) throws(Failure) {
        let statement = try failing { () throws(SQLiteError) in
            let statement = try connection.statement(sql)
            try bind(statement)
            return statement
        }
        defer { statement.reset() }
        while try step(statement) { try body(statement.row) }
    }

    private func step(_ statement: Statement) throws(Failure) -> Bool {
        clock?.begin()
        do {
            return try statement.step()
        } catch {
            if error.primaryCode == SQLITE_TOOBIG {
                throw Failure(
                    .catalog, "\(path): a row holds a text or blob of more than \(Self.valueBytes >> 20) MiB",
                    hint: "Run 'figment check', which names the row.")
            }
            guard clock?.hasStopped == true else { throw Failure(error) }
            throw Failure(
                .catalog,
                "\(path): one question about it took longer than \(StatementClock.seconds) seconds and was stopped",
                hint: "Run 'figment check'; no catalog of figment's takes as long.")
        }
    }
}

extension Catalog {
    /// Appends an entity's row unless one with its uid is there; gives the row's id either way.
    ///
    /// The uid follows from what defines the entity, so appending again what is there already changes nothing:
    /// that is what makes running again the same as resuming.
    ///
    /// - Parameters:
    ///   - table: the entity's table.
    ///   - uid: its uid.
    ///   - columns: the values of the other columns; those left out are null.
    /// - Throws: badInput where a constraint refuses the row.
    @discardableResult
    public func append(_ table: String, _ uid: UID, _ columns: [String: SQLValue]) throws(Failure) -> Int {
        let columns = columns.sorted { $0.key < $1.key }
        let sql = Self.insertion(into: table, ["uid"] + columns.map(\.key), onConflict: "(uid) DO NOTHING")
        let hex = SQLValue.text(uid.hex)
        return try write { () throws(Failure) in
            try failing { () throws(SQLiteError) in
                try connection.run(sql, [hex] + columns.map(\.value))
                guard connection.changes == 0 else { return connection.lastInsertedID }
                return try connection.integer("SELECT id FROM \(table) WHERE uid = ?", [hex])
            }
        }
    }

    /// Appends a row of a table that has no uid, unless its primary key is there.
    public func append(_ table: String, _ columns: [String: SQLValue]) throws(Failure) {
        let columns = columns.sorted { $0.key < $1.key }
        let sql = Self.insertion(into: table, columns.map(\.key), onConflict: "DO NOTHING")
        try write { () throws(Failure) in
            try failing { () throws(SQLiteError) in try connection.run(sql, columns.map(\.value)) }
        }
    }

    /// The id of the entity with a uid, nil where the table has none.
    public func id(of uid: UID, in table: String) throws(Failure) -> Int? {
        try rows("SELECT id FROM \(table) WHERE uid = ?", [.text(uid.hex)]) { $0.integer(0) }.first
    }

    private static func insertion(
        into table: String, _ columns: [String], onConflict resolution: String
    ) -> String {
        var names = ""
        var places = ""
        for column in columns {
            names += names.isEmpty ? column : ", \(column)"
            places += places.isEmpty ? "?" : ", ?"
        }
        return "INSERT INTO \(table) (\(names)) VALUES (\(places)) ON CONFLICT \(resolution)"
    }
}
