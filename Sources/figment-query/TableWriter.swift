import Catalogs
import StageKit

/// Columns in line, and under them the number of rows.
///
/// The first rows set the columns' widths; the rest follows as it comes, so that an answer of any size takes little
/// memory.
struct TableWriter: ResultWriter {
    private static let measuredRows = 200

    private let headings: [String]
    private var waiting: [[String]]? = []
    private var widths: [Int]

    init(columns: [String]) {
        headings = columns.map(Self.cell)
        widths = headings.map(\.count)
    }

    mutating func append(_ row: Row) {
        let cells = (0..<row.count).map { Self.cell(row.field($0)) }
        guard waiting != nil else {
            writeLine(aligned(cells))
            return
        }
        waiting?.append(cells)
        if waiting?.count == Self.measuredRows { writeWaiting() }
    }

    mutating func finish(count: Int) {
        writeWaiting()
        writeLine(count == 1 ? "1 row" : "\(count) rows")
    }

    private mutating func writeWaiting() {
        guard let rows = waiting else { return }
        for cells in rows { widths = zip(widths, cells).map { max($0, $1.count) } }
        writeLine(aligned(headings))
        writeLine(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        for cells in rows { writeLine(aligned(cells)) }
        waiting = nil
    }

    private func aligned(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            guard index < cells.count - 1 else { break }
            line += String(repeating: " ", count: max(widths[index] - cell.count, 0) + 2)
        }
        return line
    }

    private func writeLine(_ line: String) { StandardOutput.write(line + "\n") }

    /// One line of a table: line breaks and other control characters become a visible mark.
    private static func cell(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : "␤" })
    }
}
