import CSQLiteExtension
import Diagnostics
import SQLFunctions
import SQLValues

/// Set before the host can call any function, and by every load to the same; a callback has no other way to it.
nonisolated(unsafe) private var loadedBy: Host?

/// What SQLite calls when a program loads this library: gives the connection Figment's functions.
@_cdecl("sqlite3_extension_init")
public func addFunctions(
    _ database: OpaquePointer?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ host: UnsafePointer<sqlite3_api_routines>?
) -> Int32 {
    guard let host else { return SQLITE_ERROR }
    loadedBy = host
    let functions = SQLFunction.all { sql, values throws(Failure) in
        try lookUp(sql, values, in: database, of: host)
    }
    for function in functions {
        let code = host.pointee.create_function_v2(
            database, function.name, Int32(function.argumentCount),
            SQLITE_UTF8 | SQLITE_INNOCUOUS | (function.isDeterministic ? SQLITE_DETERMINISTIC : 0),
            Unmanaged.passRetained(LoadedFunction(function)).toOpaque(), call, nil, nil,
            { own in
                if let own { Unmanaged<LoadedFunction>.fromOpaque(own).release() }
            })
        guard code == SQLITE_OK else { return code }
    }
    return SQLITE_OK
}

/// What a function's C callback can point to.
private final class LoadedFunction {
    let function: SQLFunction

    init(_ function: SQLFunction) { self.function = function }
}

private func call(
    _ context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?
) {
    guard let host = loadedBy, let own = host.pointee.user_data(context) else { return }
    let function = Unmanaged<LoadedFunction>.fromOpaque(own).takeUnretainedValue().function
    let values = (0..<Int(count)).compactMap { SQLValue(arguments?[$0], from: host) }
    guard values.count == count else { return host.pointee.result_error_nomem(context) }
    do throws(Failure) {
        try function.body(values).setResult(of: context, to: host)
    } catch {
        host.pointee.result_error(context, "\(function.name): \(error.summary)", -1)
    }
}

/// The first column of a query's first row; null where there is no row.
private func lookUp(
    _ sql: String, _ values: [SQLValue], in database: OpaquePointer?, of host: Host
) throws(Failure) -> SQLValue {
    func refused() -> Failure {
        let message = host.pointee.errmsg(database).map { String(cString: $0) } ?? "it cannot be looked up"
        return Failure(.badInput, message)
    }
    var statement: OpaquePointer?
    defer { _ = host.pointee.finalize(statement) }
    guard host.pointee.prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else { throw refused() }
    for (index, value) in values.enumerated() {
        guard value.bind(to: statement, at: Int32(index + 1), of: host) else { throw refused() }
    }
    switch host.pointee.step(statement) {
    case SQLITE_ROW:
        guard let value = SQLValue(host.pointee.column_value(statement, 0), from: host) else {
            throw Failure(.badInput, "there is no memory for what it looked up")
        }
        return value
    case SQLITE_DONE: return .null
    default: throw refused()
    }
}
