import CSQLite3

/// In which form SQLite keeps a value.
public enum StorageClass: Sendable {
    case null
    case integer
    case real
    case text
    case blob
}

extension Row {
    /// In which form a column's value is stored.
    public func storageClass(_ column: Int) -> StorageClass {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// Lends the bytes of a column, of a text its UTF-8, without copying them; they are gone when `body` returns.
    public func withBytes<Result>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let bytes = sqlite3_column_blob(handle, Int32(column))
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        let start = bytes?.assumingMemoryBound(to: UInt8.self)
        return body(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}
