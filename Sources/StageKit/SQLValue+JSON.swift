import Catalogs
import Digests
import JSONValues

extension SQLValue {
    /// The value as JSON; a blob as hexadecimal digits.
    public var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let integer): .integer(integer)
        case .real(let real): .real(real)
        case .text(let text): .string(text)
        case .blob(let bytes): .string(bytes.hex)
        }
    }
}
