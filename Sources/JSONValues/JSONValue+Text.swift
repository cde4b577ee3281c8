extension JSONValue {
    /// The value as compact JSON, members in the order they have.
    ///
    /// Reals always have a decimal point or an exponent, so that readers that infer types never take them for
    /// integers; a real that is not finite becomes null, since JSON has no word for it.
    public var text: String {
        var result = ""
        write(to: &result, sorted: false)
        return result
    }

    /// The one spelling of the value that digests are taken of: compact, members sorted by their keys' UTF-8.
    public var canonicalText: String {
        var result = ""
        write(to: &result, sorted: true)
        return result
    }

    private func write(to text: inout String, sorted: Bool) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .real(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text, sorted: sorted)
            }
            text += "]"
        case .object(let object):
            let members =
                sorted
                ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                : object.members
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.key, to: &text)
                text += ":"
                member.value.write(to: &text, sorted: sorted)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        // Most strings need no escape, and appending them whole is many times faster.
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) {
            text += string
            return
        }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
