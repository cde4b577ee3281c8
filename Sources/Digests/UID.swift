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
    /// and leave the identities of all that lacks it as they were. A field of -0 counts as 0, as a database keeps it.
    ///
    /// - Parameters:
    ///   - entity: the entity's name, as its table has it.
    ///   - fields: each defining field with its value; no name twice.
    public init(of entity: String, _ fields: [(String, JSONValue)]) {
        self.init(of: entity, fields, list: (name: String, elements: EmptyCollection<JSONValue>)?.none)
    }

    /// Derives the identity of an entity one of whose fields is a list that may be long, which is never held whole.
    ///
    /// - Parameters:
    ///   - entity: the entity's name, as its table has it.
    ///   - fields: each other defining field with its value.
    ///   - list: the name of the field that is a list, and its elements.
    public init(
        of entity: String, _ fields: [(String, JSONValue)],
        list: (name: String, elements: some Sequence<JSONValue>)?
    ) {
        var present = fields.filter { $0.1 != .null }
        if let list { present.append((list.name, [])) }
        present.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        precondition(
            zip(present, present.dropFirst()).allSatisfy { $0.0 != $1.0 },
            "a defining field of \(entity) is given twice")
        var hash = SHA256()
        var text = JSONWriter()
        text.write(verbatim: "{\"entity\":")
        text.write(entity)
        text.write(verbatim: ",\"fields\":{")
        for (index, field) in present.enumerated() {
            if index > 0 { text.write(verbatim: ",") }
            text.write(field.0)
            text.write(verbatim: ":")
            guard let list, list.name == field.0 else {
                text.write(field.1 == .real(0) ? .real(0) : field.1, sorted: true)
                continue
            }
            text.write(verbatim: "[")
            for (index, element) in list.elements.enumerated() {
                if index > 0 { text.write(verbatim: ",") }
                text.write(element, sorted: true)
                if text.bytes.count >= 1 << 16 {
                    hash.update(text.bytes)
                    text.removeAll()
                }
            }
            text.write(verbatim: "]")
        }
        text.write(verbatim: "}}")
        hash.update(text.bytes)
        (high, low) = hash.finalize().firstHalf
    }

    /// Derives an identity from a definition that was written out: `{"entity":…,"fields":{…}}` in UTF-8.
    public init(ofCanonicalText bytes: [UInt8]) { (high, low) = SHA256.digest(of: bytes).firstHalf }

    /// Reads 32 hexadecimal digits in lower case; nil where the text is anything else.
    public init?(hex: String) {
        var hex = hex
        guard let uid = hex.withUTF8({ UID(hexUTF8: $0) }) else { return nil }
        self = uid
    }

    /// Reads 32 hexadecimal digits in lower case, as UTF-8; nil where the text is anything else.
    public init?(hexUTF8 digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 32 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for digit in digits {
            let nibble: UInt8
            switch digit {
            case 0x30...0x39: nibble = digit - 0x30
            case 0x61...0x66: nibble = digit - 0x57
            default: return nil
            }
            halves = (halves.0 << 4 | halves.1 >> 60, halves.1 << 4 | UInt64(nibble))
        }
        (high, low) = halves
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
