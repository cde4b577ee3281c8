import JSONValues

/// A column that an export has beside the fixed ones.
public struct ExportField: Hashable, Sendable {
    /// The column's name: a lowercase letter, then lowercase letters, digits and underscores.
    public let name: String
    /// The type of its every value.
    public let kind: Kind

    /// Makes a column of a name and a type.
    public init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The types that JSON, Arrow and SQLite agree on; none of them has a null.
    public enum Kind: String, Hashable, Sendable {
        /// Unicode text.
        case string
        /// A whole number of 64 bits.
        case integer
        /// A finite number of double precision.
        case real
    }
}

/// A value of one of the three types.
public enum ExportValue: Hashable, Sendable {
    /// Unicode text.
    case string(String)
    /// A whole number.
    case integer(Int)
    /// A finite number.
    case real(Double)

    /// The value's type.
    public var kind: ExportField.Kind {
        switch self {
        case .string: .string
        case .integer: .integer
        case .real: .real
        }
    }

    /// Whether JSON has a word for it: a real must be finite.
    var isFinite: Bool { if case .real(let value) = self { value.isFinite } else { true } }

    /// The value as JSON: a real never looks like an integer.
    var json: JSONValue {
        switch self {
        case .string(let value): .string(value)
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        }
    }

    /// Reads a JSON value of exactly this type; nil for any other, null included.
    init?(_ json: JSONValue, _ kind: ExportField.Kind) {
        switch (json, kind) {
        case (.string(let value), .string): self = .string(value)
        case (.integer(let value), .integer): self = .integer(value)
        case (.real(let value), .real): self = .real(value)
        default: return nil
        }
    }
}
