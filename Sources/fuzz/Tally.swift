import Texts

/// What became of cases.
struct Tally: Sendable {
    var taken = 0
    var refused = 0
    var faults: [String] = []
    /// The longest that nothing was heard of a process, in seconds.
    var slowest = 0.0
    /// The most memory that a process had, in bytes.
    var peak = 0

    mutating func add(_ other: Tally) {
        taken += other.taken
        refused += other.refused
        faults += other.faults
        slowest = max(slowest, other.slowest)
        peak = max(peak, other.peak)
    }

    private var cells: [String] {
        let seconds = Int((slowest * 1_000).rounded())
        return [taken + refused + faults.count, taken, refused, faults.count, seconds, peak >> 20].map(
            String.init)
    }

    /// A line for each kind, one for all, and then the faults with the commands that try them again.
    static func table(_ rows: [(name: String, tally: Tally)]) -> TerminalText {
        var all = Tally()
        for row in rows { all.add(row.tally) }
        let head = ["kind", "cases", "taken", "refused", "faults", "slowest ms", "most MiB"]
        let lines = [head] + rows.map { [$0.name] + $0.tally.cells } + [["all"] + all.cells]
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for line in lines {
            let cells = zip(line, widths).enumerated().map { index, cell in
                let blank = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + blank : blank + cell.0
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        for fault in all.faults { text += "FAULT \(fault)\n" }
        return TerminalText(verbatim: text)
    }
}
