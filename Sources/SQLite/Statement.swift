import CSQLite3

/// A prepared statement: bind, step row by row, reset.
public final class Statement {
    /// The text it was prepared from.
    public let sql: String
    /// The statement in that text, without a semicolon behind it: it can stand in parentheses, on lines of its own.
    public let body: String
    private let path: String
    private let handle: OpaquePointer?
    private(set) var isRunning = false

    init(_ sql: String, on connection: Connection) throws(SQLiteError) {
        self.sql = sql
        path = connection.path
        func refused(_ message: String) -> SQLiteError {
            SQLiteError(code: SQLITE_MISUSE, message: message, sql: sql, path: connection.path)
        }
        // SQLite would read on to there only.
        guard !sql.utf8.contains(0) else { throw refused("there is a NUL character in the statement") }
        let (code, handle, length) = Self.prepare(sql[...], on: connection)
        self.handle = handle
        let end = sql.utf8.index(sql.startIndex, offsetBy: length)
        body = String(sql[..<end].last == ";" ? sql[..<end].dropLast() : sql[..<end])
        guard code == SQLITE_OK else {
            throw SQLiteError(connection.database, code: code, sql: sql, path: path)
        }
        guard handle != nil else { throw refused("there is no statement") }
        guard end < sql.endIndex else { return }
        // Behind the statement there may be blanks and comments, and what those are SQLite knows best.
        let (rest, second, _) = Self.prepare(sql[end...], on: connection)
        sqlite3_finalize(second)
        guard rest == SQLITE_OK, second == nil else { throw refused("there is more than one statement") }
    }

    deinit { sqlite3_finalize(handle) }

    /// Prepares a text's first statement; gives SQLite's code, and how many bytes of the text belong to it.
    private static func prepare(
        _ sql: Substring, on connection: Connection
    ) -> (code: Int32, handle: OpaquePointer?, length: Int) {
        var sql = sql
        return sql.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { text in
                var handle: OpaquePointer?
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    connection.database, text.baseAddress, Int32(clamping: text.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
                let length = text.baseAddress.flatMap { base in tail.map { $0 - base } } ?? text.count
                return (code, handle, min(length, text.count))
            }
        }
    }

    /// Whether running it leaves the database as it is.
    public var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// The names of the columns that its rows have.
    public var columns: [String] {
        (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    /// Makes it ready for the next run, without values.
    public func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isRunning = false
    }

    /// Gives values to all parameters, by their place.
    ///
    /// - Throws: where there are more or fewer values than parameters.
    public func bind(_ values: [SQLValue]) throws(SQLiteError) {
        try requireCount(values.count)
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
    }

    /// Gives values to all parameters, by their place: some, and after them a row's, copied as they are stored.
    ///
    /// - Throws: where there are more or fewer values than parameters.
    public func bind(_ values: [SQLValue], then row: Row) throws(SQLiteError) {
        try requireCount(values.count + row.count)
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
        for column in 0..<Int32(row.count) {
            let code = sqlite3_bind_value(
                handle, Int32(values.count + 1) + column, sqlite3_column_value(row.handle, column))
            guard code == SQLITE_OK else {
                throw SQLiteError(sqlite3_db_handle(handle), sql: sql, path: path)
            }
        }
    }

    /// Runs it to its end, ignoring rows, with some values and after them those of another statement's row.
    ///
    /// The values stay bound until the next run or `reset`: what runs row after row need not forget them.
    public func run(_ values: [SQLValue] = [], then row: Row) throws(SQLiteError) {
        try bind(values, then: row)
        defer { sqlite3_reset(handle) }
        while try step() {}
    }

    /// Gives values to all parameters, by name (":seed"); names that the statement lacks are passed over.
    ///
    /// - Throws: where a parameter gets no value.
    public func bind(_ values: [String: SQLValue]) throws(SQLiteError) {
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            let name = sqlite3_bind_parameter_name(handle, index + 1).map { String(cString: $0) } ?? "?"
            guard let value = values[name] else {
                let message = "the parameter '\(name)' has no value"
                throw SQLiteError(code: SQLITE_RANGE, message: message, sql: sql, path: path)
            }
            try bind(value, at: index + 1)
        }
    }

    private func requireCount(_ given: Int) throws(SQLiteError) {
        let count = Int(sqlite3_bind_parameter_count(handle))
        guard given != count else { return }
        let message = "the statement has \(count) parameters, but \(given) values are given"
        throw SQLiteError(code: SQLITE_RANGE, message: message, sql: sql, path: path)
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(SQLiteError) {
        let code: Int32 =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let value): sqlite3_bind_int64(handle, index, Int64(value))
            case .real(let value): sqlite3_bind_double(handle, index, value)
            case .text(var text):
                text.withUTF8 { utf8 in
                    utf8.withMemoryRebound(to: CChar.self) {
                        figment_sqlite3_bind_text(handle, index, $0.baseAddress, UInt64($0.count))
                    }
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes {
                    figment_sqlite3_bind_blob(handle, index, $0.baseAddress, UInt64($0.count))
                }
            }
        guard code == SQLITE_OK else { throw SQLiteError(sqlite3_db_handle(handle), sql: sql, path: path) }
    }

    /// Runs to the next row; false where there is none.
    public func step() throws(SQLiteError) -> Bool {
        isRunning = true
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            isRunning = false
            return false
        default:
            let error = SQLiteError(sqlite3_db_handle(handle), sql: sql, path: path)
            reset()
            throw error
        }
    }

    /// The row that the last step came to; valid until the next step.
    public var row: Row { Row(handle: handle) }
}

/// One row of a running query; valid until the query goes on.
///
/// Readers never trap: a value of another type is converted as SQLite's CAST does, null to 0 or nothing.
public struct Row {
    let handle: OpaquePointer?

    /// The number of columns.
    public var count: Int { Int(sqlite3_data_count(handle)) }

    /// The columns' names.
    public var columns: [String] {
        (0..<Int32(count)).map { sqlite3_column_name(handle, $0).map { String(cString: $0) } ?? "" }
    }

    /// The value of a column as it is stored.
    public func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(real(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(bytes(column))
        default: .null
        }
    }

    /// All values.
    public var values: [SQLValue] { (0..<count).map { value($0) } }

    /// Whether the column is null.
    public func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// The column as an integer.
    public func integer(_ column: Int) -> Int { Int(sqlite3_column_int64(handle, Int32(column))) }

    /// The column as a real.
    public func real(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    /// The column as a text; bytes that are no UTF-8 become U+FFFD.
    public func text(_ column: Int) -> String {
        let text = sqlite3_column_text(handle, Int32(column))
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(
            decoding: UnsafeBufferPointer(start: text, count: text == nil ? 0 : count), as: UTF8.self)
    }

    /// The column as bytes.
    public func bytes(_ column: Int) -> [UInt8] {
        let bytes = sqlite3_column_blob(handle, Int32(column))
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    }

    /// The column as an integer, nil where it is null.
    public func optionalInteger(_ column: Int) -> Int? { isNull(column) ? nil : integer(column) }

    /// The column as a real, nil where it is null.
    public func optionalReal(_ column: Int) -> Double? { isNull(column) ? nil : real(column) }

    /// The column as a text, nil where it is null.
    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}
