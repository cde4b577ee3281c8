import CSQLite3
import Diagnostics

extension Connection {
    /// Defines an SQL function; it has no side effects, so views and triggers may use it.
    ///
    /// - Parameters:
    ///   - name: the name in SQL.
    ///   - argumentCount: how many arguments it takes.
    ///   - isDeterministic: whether the same arguments give the same value always.
    ///   - body: computes the value; a failure becomes the statement's error.
    public func define(
        _ name: String, argumentCount: Int, isDeterministic: Bool = true,
        _ body: @escaping ([SQLValue]) throws(Failure) -> SQLValue
    ) throws(SQLiteError) {
        let flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | (isDeterministic ? SQLITE_DETERMINISTIC : 0)
        let code = sqlite3_create_function_v2(
            database, name, Int32(argumentCount), flags,
            Unmanaged.passRetained(ScalarFunction(name, body)).toOpaque(),
            { context, count, arguments in
                guard let own = sqlite3_user_data(context) else { return }
                let function = Unmanaged<ScalarFunction>.fromOpaque(own).takeUnretainedValue()
                let values = (0..<Int(count)).compactMap { SQLValue(reading: arguments?[$0]) }
                guard values.count == count else { return sqlite3_result_error_nomem(context) }
                do throws(Failure) {
                    try function.body(values).setResult(of: context)
                } catch {
                    sqlite3_result_error(context, "\(function.name): \(error.summary)", -1)
                }
            }, nil, nil,
            { own in
                if let own { Unmanaged<ScalarFunction>.fromOpaque(own).release() }
            })
        guard code == SQLITE_OK else { throw SQLiteError(database, code: code, path: path) }
    }
}

/// What an SQL function's C callback can point to.
private final class ScalarFunction {
    let name: String
    let body: ([SQLValue]) throws(Failure) -> SQLValue

    init(_ name: String, _ body: @escaping ([SQLValue]) throws(Failure) -> SQLValue) {
        self.name = name
        self.body = body
    }
}
