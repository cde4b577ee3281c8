import Diagnostics

/// Reads the fields of a configuration object by type, and knows which were never asked for.
///
/// Every message names the file and the field. A field with an unknown meaning must be refused, not ignored:
/// call `refuseUnread` when all that is understood has been read.
public final class JSONFields {
    /// The file, and the path of the object inside it.
    public let source: String
    private let object: JSONObject
    private var read: Set<String> = []

    /// Makes a reader of an object that stands in `source`.
    public init(_ value: JSONValue, source: String) throws(Failure) {
        guard let object = value.object else {
            throw Failure(
                .badInput, "\(source) is not a JSON object", hint: "Check that it is the right file.")
        }
        self.object = object
        self.source = source
    }

    /// The value of a field, nil where it is missing or null.
    public func value(_ key: String) -> JSONValue? {
        read.insert(key)
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    /// Reads a field; a missing one takes the default, and without a default is an error.
    public func integer(_ key: String, default fallback: Int? = nil) throws(Failure) -> Int {
        try field(key, "an integer", fallback) { value in
            if case .real(let real) = value { return Int(exactly: real) }
            return value.integer
        }
    }

    /// Reads a field, -0 as 0; a missing one takes the default, and without a default is an error.
    public func number(_ key: String, default fallback: Double? = nil) throws(Failure) -> Double {
        try field(key, "a number", fallback) { $0.number.map { $0 + 0 } }
    }

    /// Reads a field; a missing one takes the default, and without a default is an error.
    public func string(_ key: String, default fallback: String? = nil) throws(Failure) -> String {
        try field(key, "a string", fallback) { $0.string }
    }

    /// Reads a field; a missing one takes the default, and without a default is an error.
    public func boolean(_ key: String, default fallback: Bool? = nil) throws(Failure) -> Bool {
        try field(key, "true or false", fallback) { $0.boolean }
    }

    /// Reads a list of integers; a missing one takes the default, and without a default is an error.
    public func integers(_ key: String, default fallback: [Int]? = nil) throws(Failure) -> [Int] {
        try field(key, "a list of integers", fallback) { value in
            guard let array = value.array else { return nil }
            let integers = array.compactMap(\.integer)
            return integers.count == array.count ? integers : nil
        }
    }

    /// Reads a list of strings; a missing one takes the default, and without a default is an error.
    public func strings(_ key: String, default fallback: [String]? = nil) throws(Failure) -> [String] {
        try field(key, "a list of strings", fallback) { value in
            guard let array = value.array else { return nil }
            let strings = array.compactMap(\.string)
            return strings.count == array.count ? strings : nil
        }
    }

    /// Marks fields as known although their value has no effect on what is computed.
    public func ignore(_ keys: String...) { read.formUnion(keys) }

    /// Refuses a field that nothing has read, by name; null fields and keys that begin with `_` pass.
    public func refuseUnread() throws(Failure) {
        for (key, value) in object.members
        where !read.contains(key) && !key.hasPrefix("_") && value != .null {
            throw Failure(
                .badInput, "\(source): unknown option '\(key)' (\(String(value.text.prefix(60))))",
                hint: "This version cannot tell what it asks for; use a model without it.")
        }
    }

    private func field<Value>(
        _ key: String, _ kind: String, _ fallback: Value?, _ convert: (JSONValue) -> Value?
    ) throws(Failure) -> Value {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw Failure(
                .badInput, "\(source) has no field '\(key)'", hint: "Add it; it must be \(kind).")
        }
        guard let converted = convert(value) else {
            throw Failure(
                .badInput, "\(source): field '\(key)' is \(String(value.text.prefix(60))), not \(kind)",
                hint: "Put \(kind) there.")
        }
        return converted
    }
}
