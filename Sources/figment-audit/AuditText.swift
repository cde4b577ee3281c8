import JSONValues

/// Lines for people: a title, below it what belongs to it, indented.
struct AuditText {
    private(set) var text = ""

    /// A line at the margin.
    mutating func title(_ line: String) { text += Self.printable(line) + "\n" }

    /// A line below a title.
    mutating func line(_ line: String) { text += "  " + Self.printable(line) + "\n" }

    /// A named value below a title, or below a line of its own there.
    mutating func value(_ name: String, _ value: JSONValue, isDeep: Bool = false) {
        guard value != .null else { return }
        let name = name.replacing("_", with: " ")
        let gap = String(repeating: " ", count: max(18 - name.count, 1))
        text += (isDeep ? "      " : "  ") + Self.printable(name + gap + (value.string ?? value.text)) + "\n"
    }

    /// The text with control characters spelled out, so that a name from outside can neither move the cursor nor
    /// pretend to be another line.
    static func printable(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
