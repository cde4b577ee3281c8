import JSONValues

/// Sections of named values as indented lines; what is null is left out.
struct AuditText {
    let text: String

    init(_ sections: [ImageChain.Section]) {
        var text = ""
        for section in sections {
            for row in section.rows {
                text += section.title + "\n"
                for (key, value) in row.members where value != .null {
                    let name = key.replacing("_", with: " ")
                    let gap = String(repeating: " ", count: max(16 - name.count, 1))
                    text += "  \(name)\(gap)\(value.string ?? value.text)\n"
                }
            }
        }
        self.text = text
    }
}
