import Diagnostics
import Texts

/// A JSON value; objects keep the order of their keys.
public enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object, in the order in which they were written.
public struct JSONObject: Hashable, Sendable {
    /// The members in order; no key occurs twice.
    public private(set) var members: [(key: String, value: JSONValue)]
    private var indices: [ExactString: Int]

    /// Makes an object; of a key that occurs twice the last value counts.
    public init(_ members: [(key: String, value: JSONValue)] = []) {
        self.members = []
        self.indices = [:]
        self.members.reserveCapacity(members.count)
        for member in members { self[member.key] = member.value }
    }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// The value of a key; setting nil leaves the object as it is.
    public subscript(key: String) -> JSONValue? {
        get { indices[ExactString(key)].map { members[$0].value } }
        set {
            guard let newValue else { return }
            if let index = indices[ExactString(key)] {
                members[index].value = newValue
            } else {
                indices[ExactString(key)] = members.count
                members.append((key, newValue))
            }
        }
    }

    /// Whether the members are equal, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the keys without regard to their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(Set(keys)) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    /// Makes a string value.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an integer value.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// Makes a real value.
    public init(floatLiteral value: Double) { self = .real(value) }
    /// Makes a boolean value.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Makes an array value.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes an object value that keeps the order as written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
    /// Makes the null value.
    public init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
    /// The string, or nil for any other value.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The integer, or nil for any other value.
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    /// The number as a real, or nil where it is none.
    public var number: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
    /// The truth value, or nil for any other value.
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    /// The elements, or nil where it is no array.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The object, or nil where it is none.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
}
