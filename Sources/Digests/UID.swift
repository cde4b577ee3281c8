import JSONValues

/// The identity of an entity: 32 lowercase hexadecimal digits that follow from what defines it.
///
/// It is the first half of a SHA-256, so the same request has the same identity in every catalog.
public struct UID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Derives the identity of an entity from the fields that define it.
    ///
    /// What is hashed is the UTF-8 of `{"entity":…,"fields":{…}}` in `JSONValue.canonicalText`, so the order in
    /// which the fields are given does not matter. A null field counts as absent, so a later version can add a field
    /// and leave the identities of all that lacks it as they were.
    ///
    /// - Parameters:
    ///   - entity: the entity's name, as its table has it.
    ///   - fields: each defining field with its value; no name twice.
    public init(of entity: String, _ fields: [(String, JSONValue)]) {
        let present = fields.filter { $0.1 != .null }
        let object = JSONObject(present.map { (key: $0.0, value: $0.1) })
        precondition(object.members.count == present.count, "a defining field of \(entity) is given twice")
        let definition: JSONValue = ["entity": .string(entity), "fields": .object(object)]
        self.init(bytes: SHA256.digest(of: definition.canonicalText.utf8).bytes.prefix(16))
    }

    /// Reads 32 hexadecimal digits in lower case; nil where the text is anything else.
    public init?(hex: String) {
        guard hex.utf8.count == 32, hex.lowercased() == hex, let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes: bytes[...])
    }

    private init(bytes: ArraySlice<UInt8>) {
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 32 lowercase hexadecimal digits.
    public var hex: String {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - $0 % 8 * 8)) }.hex
    }
}

extension UID: Comparable, CustomStringConvertible {
    /// Orders as the hexadecimal digits do.
    public static func < (left: UID, right: UID) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// The 32 hexadecimal digits.
    public var description: String { hex }
}
