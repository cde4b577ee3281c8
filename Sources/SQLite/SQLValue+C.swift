import CSQLite3
import SQLValues

extension SQLValue {
    /// Reads what SQLite handed to a function; copies texts and blobs.
    ///
    /// - Returns: nil where SQLite has no memory for the bytes.
    init?(reading value: OpaquePointer?) {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: self = .integer(Int(sqlite3_value_int64(value)))
        case SQLITE_FLOAT: self = .real(sqlite3_value_double(value))
        case SQLITE_TEXT:
            let text = sqlite3_value_text(value)
            let count = Int(sqlite3_value_bytes(value))
            guard text != nil || count == 0 else { return nil }
            self = .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let bytes = sqlite3_value_blob(value)
            let count = Int(sqlite3_value_bytes(value))
            guard bytes != nil || count == 0 else { return nil }
            self = .blob(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
        default: self = .null
        }
    }

    /// Hands the value back to SQLite as a function's result.
    func setResult(of context: OpaquePointer?) {
        switch self {
        case .null: sqlite3_result_null(context)
        case .integer(let value): sqlite3_result_int64(context, Int64(value))
        case .real(let value): sqlite3_result_double(context, value)
        case .text(var text):
            text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { characters in
                    figment_sqlite3_result_text(context, characters.baseAddress, UInt64(characters.count))
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes { figment_sqlite3_result_blob(context, $0.baseAddress, UInt64($0.count)) }
        }
    }
}
