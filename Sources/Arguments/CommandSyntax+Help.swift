extension CommandSyntax {
    /// The text of `--help`: summary, usage, discussion, arguments and options, at most 80 columns wide.
    public var help: String {
        let usages = arguments.map(\.usage)
        let positionals = usages.filter(\.isPositional)
        let options = usages.filter { !$0.isPositional }
        let usage = "Usage: " + wrapped(usageLine, indent: 7).dropFirst(7)
        var sections = ["\(name): \(summary)", usage]
        if !discussion.isEmpty {
            let paragraphs = discussion.split(separator: "\n", omittingEmptySubsequences: false)
            sections.append(paragraphs.map { wrapped(String($0), indent: 0) }.joined(separator: "\n"))
        }
        if !positionals.isEmpty {
            sections.append(helpTable("Arguments:", positionals.map { ($0.name, $0.explanation) }))
        }
        sections.append(
            helpTable(
                "Options:",
                options.map { ($0.spelling, $0.explanation) } + [("--help", "show this text and stop")]))
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// The command with what must be given; options that may be left out are only hinted at.
    private var usageLine: String {
        let usages = arguments.map(\.usage)
        let required = usages.filter { !$0.isPositional && $0.count.lowerBound > 0 }.map(\.spelling)
        let positionals = usages.filter(\.isPositional).map { usage in
            let several = usage.count.upperBound > 1 ? "\(usage.name)…" : usage.name
            return usage.count.lowerBound == 0 ? "[\(several)]" : several
        }
        return ([name] + required + ["[OPTION…]"] + positionals).joined(separator: " ")
    }
}

extension ArgumentUsage {
    fileprivate var spelling: String { placeholder.map { "\(title) \($0)" } ?? title }

    fileprivate var explanation: String {
        var notes: [String] = []
        if let fallback { notes.append("default: \(fallback)") }
        if !isPositional, count.lowerBound > 0 { notes.append("required") }
        if !isPositional, count.upperBound > 1 { notes.append("may be repeated") }
        return notes.isEmpty ? help : "\(help) (\(notes.joined(separator: "; ")))"
    }
}

/// A titled two-column table; a left cell that is too wide gets a line of its own.
func helpTable(_ title: String, _ rows: [(left: String, right: String)]) -> String {
    let column = 26
    let lines = rows.map { row in
        let left = "  \(row.left)"
        let right = wrapped(row.right, indent: column)
        guard left.count + 2 <= column else { return left + "\n" + right }
        return left + right.dropFirst(left.count)
    }
    return ([title] + lines).joined(separator: "\n")
}

/// The text broken into lines of at most 80 columns, each indented.
private func wrapped(_ text: String, indent: Int) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
        let last = lines[lines.count - 1]
        if last.isEmpty {
            lines[lines.count - 1] = String(word)
        } else if indent + last.count + 1 + word.count <= 80 {
            lines[lines.count - 1] = "\(last) \(word)"
        } else {
            lines.append(String(word))
        }
    }
    return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
}
