import Diagnostics
import JSONValues
import SQLFunctions
import SQLite

extension Connection {
    /// Adds the functions that catalogs have besides SQLite's own.
    func defineFunctions() throws(SQLiteError) {
        // A statement that looks something up belongs to the connection that the function is defined on, and ends
        // with it.
        let functions = SQLFunction.all { [unowned self] sql, values throws(Failure) in
            try failing { () throws(SQLiteError) in try value(sql, values) }
        }
        for function in functions {
            try define(
                function.name, argumentCount: function.argumentCount,
                isDeterministic: function.isDeterministic, function.body)
        }
    }

    /// Our own `json_valid`, in place of SQLite's.
    func defineJSONValid() throws(SQLiteError) {
        try define("json_valid", argumentCount: 1) { values in
            switch values[0] {
            case .null: return .null
            case .text(let text): return (try? JSONValue(parsing: text, source: "")) == nil ? 0 : 1
            default: return 0
            }
        }
    }
}
