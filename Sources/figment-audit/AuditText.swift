import JSONValues
import Texts

/// Lines for people, made of what comes from outside: a title, below it what belongs to it, indented.
struct AuditText {
    private(set) var text: TerminalText = ""

    /// A line at the margin.
    mutating func title(_ line: String) { text += "\(line)\n" }

    /// A line below a title.
    mutating func line(_ line: String) { text += "  \(line)\n" }

    /// A named value below a title, or below a line of its own there.
    mutating func value(_ name: String, _ value: JSONValue, isDeep: Bool = false) {
        guard value != .null else { return }
        let name = name.replacing("_", with: " ")
        let gap = String(repeating: " ", count: max(18 - name.count, 1))
        text += "\(isDeep ? "      " : "  ")\(name)\(gap)\(value.string ?? value.text)\n"
    }
}
