import CSQLiteExtension
import SQLValues

/// The table of SQLite's functions that a host hands to what it loads: no call goes anywhere else.
typealias Host = UnsafePointer<sqlite3_api_routines>

extension SQLValue {
    /// Reads what the host handed to a function; copies texts and blobs.
    ///
    /// - Returns: nil where the host has no memory for the bytes.
    init?(_ value: OpaquePointer?, from host: Host) {
        switch host.pointee.value_type(value) {
        case SQLITE_INTEGER: self = .integer(Int(host.pointee.value_int64(value)))
        case SQLITE_FLOAT: self = .real(host.pointee.value_double(value))
        case SQLITE_TEXT:
            let text = host.pointee.value_text(value)
            let count = Int(host.pointee.value_bytes(value))
            guard text != nil || count == 0 else { return nil }
            self = .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let bytes = host.pointee.value_blob(value)
            let count = Int(host.pointee.value_bytes(value))
            guard bytes != nil || count == 0 else { return nil }
            self = .blob(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
        default: self = .null
        }
    }

    /// Hands the value to the host as a function's result.
    func setResult(of context: OpaquePointer?, to host: Host) {
        switch self {
        case .null: host.pointee.result_null(context)
        case .integer(let value): host.pointee.result_int64(context, Int64(value))
        case .real(let value): host.pointee.result_double(context, value)
        case .text(var text):
            text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) {
                    figment_result_text(host, context, $0.baseAddress, UInt64($0.count))
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes { figment_result_blob(host, context, $0.baseAddress, UInt64($0.count)) }
        }
    }

    /// Gives the value to a statement's parameter; whether the host took it.
    func bind(to statement: OpaquePointer?, at index: Int32, of host: Host) -> Bool {
        let code: Int32 =
            switch self {
            case .null: host.pointee.bind_null(statement, index)
            case .integer(let value): host.pointee.bind_int64(statement, index, Int64(value))
            case .real(let value): host.pointee.bind_double(statement, index, value)
            case .text(var text):
                text.withUTF8 { utf8 in
                    utf8.withMemoryRebound(to: CChar.self) {
                        figment_bind_text(host, statement, index, $0.baseAddress, UInt64($0.count))
                    }
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes {
                    figment_bind_blob(host, statement, index, $0.baseAddress, UInt64($0.count))
                }
            }
        return code == SQLITE_OK
    }
}
