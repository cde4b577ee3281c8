import JSONValues

/// Sections of named values as indented lines; what is null is left out.
///
/// A section of one row has a line for each value, one of several rows a line for each row's first value with the
/// others beneath it.
struct AuditText {
    let text: String

    init(_ sections: [ImageChain.Section]) {
        var lines: [String] = []
        for section in sections {
            lines.append(section.title)
            for row in section.rows {
                let isList = section.rows.count > 1
                for (index, member) in row.members.filter({ $0.value != .null }).enumerated() {
                    let name = member.key.replacing("_", with: " ")
                    let gap = String(repeating: " ", count: max(16 - name.count, 1))
                    let mark = isList ? (index == 0 ? "- " : "  ") : ""
                    lines.append("  \(mark)\(name)\(gap)\(member.value.string ?? member.value.text)")
                }
            }
        }
        text = lines.joined(separator: "\n") + "\n"
    }
}
