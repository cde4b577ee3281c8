import Texts

extension JSONValue {
    /// The value as compact JSON, members in the order they have.
    ///
    /// Reals always have a decimal point or an exponent, so that readers that infer types never take them for
    /// integers; a real that is not finite becomes null, since JSON has no word for it.
    public var text: String { written(sorted: false) }

    /// The one spelling of the value that digests are taken of: compact, members sorted by their keys' UTF-8.
    public var canonicalText: String { written(sorted: true) }

    /// The value as `text` has it, for a reader that may be a terminal: what nobody would see is spelled as an escape.
    public var visibleText: String {
        let text = text
        guard text.unicodeScalars.contains(where: TerminalText.isUnseen) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            guard TerminalText.isUnseen(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return result
    }

    private func written(sorted: Bool) -> String {
        var writer = JSONWriter()
        writer.write(self, sorted: sorted)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
