/// Compact JSON as UTF-8, written piece by piece into bytes that can be used again.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// Begins with nothing.
    public init() {}

    /// Forgets what was written, and keeps the room.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Takes back the last bytes.
    public mutating func removeLast(_ count: Int) { bytes.removeLast(count) }

    /// Writes a value; `sorted` orders the members of objects by their keys' UTF-8.
    public mutating func write(_ value: JSONValue, sorted: Bool) {
        switch value {
        case .null: write(verbatim: "null")
        case .boolean(let value): write(verbatim: value ? "true" : "false")
        case .integer(let value): write(value)
        case .real(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            write(verbatim: "[")
            for (index, element) in elements.enumerated() {
                if index > 0 { write(verbatim: ",") }
                write(element, sorted: sorted)
            }
            write(verbatim: "]")
        case .object(let object):
            let members =
                sorted
                ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                : object.members
            write(verbatim: "{")
            for (index, member) in members.enumerated() {
                if index > 0 { write(verbatim: ",") }
                write(member.key)
                write(verbatim: ":")
                write(member.value, sorted: sorted)
            }
            write(verbatim: "}")
        }
    }

    /// Writes an integer.
    public mutating func write(_ value: Int) { write(verbatim: String(value)) }

    /// Writes a real: the shortest decimal that reads back the same, never like an integer; `null` where it is not
    /// finite, since JSON has no word for that.
    public mutating func write(_ value: Double) { write(verbatim: value.isFinite ? "\(value)" : "null") }

    /// Writes a string in quotes, escaped where it must be.
    public mutating func write(_ string: String) {
        var string = string
        string.withUTF8 { write(string: $0) }
    }

    /// Writes a string in quotes, escaped where it must be, that is at hand as UTF-8.
    public mutating func write(string utf8: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        // Most strings need no escape, and appending them whole is many times faster.
        if utf8.allSatisfy(Self.standsForItself) {
            bytes.append(contentsOf: utf8)
        } else {
            for byte in utf8 { write(escaped: byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes what is JSON already.
    public mutating func write(verbatim text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes what is JSON already, as UTF-8.
    public mutating func write(verbatim utf8: [UInt8]) { bytes.append(contentsOf: utf8) }

    @inline(__always)
    private static func standsForItself(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F
    }

    private mutating func write(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write(verbatim: "\\\"")
        case UInt8(ascii: "\\"): write(verbatim: "\\\\")
        case UInt8(ascii: "\n"): write(verbatim: "\\n")
        case UInt8(ascii: "\r"): write(verbatim: "\\r")
        case UInt8(ascii: "\t"): write(verbatim: "\\t")
        case _ where Self.standsForItself(byte): bytes.append(byte)
        default:
            let digits = String(byte, radix: 16)
            write(verbatim: "\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }
}
