import Catalogs
import StageKit
import Texts

/// Columns in line, and under them the number of rows.
///
/// The first rows set the columns' widths; the rest follows as it comes, value by value, so that an answer of any size
/// takes little memory.
struct TableWriter: ResultWriter {
    /// What waits until the widths are known: so many rows, and no more bytes than these.
    private static let measured = (rows: 200, bytes: 1 << 20)

    private let headings: [String]
    private var waiting: [[String]]? = []
    private var waitingBytes = 0
    private var widths: [Int]

    init(columns: [String]) {
        headings = columns.map(Self.cell)
        widths = headings.map(\.count)
    }

    mutating func append(_ row: Row) {
        if waiting != nil {
            waitingBytes += row.byteCount
            if waitingBytes > Self.measured.bytes { writeWaiting() }
        }
        guard waiting != nil else {
            for column in 0..<row.count { write(Self.cell(row.field(column)), in: column) }
            return
        }
        waiting?.append((0..<row.count).map { Self.cell(row.field($0)) })
        if waiting?.count == Self.measured.rows { writeWaiting() }
    }

    mutating func finish(count: Int) {
        writeWaiting()
        StandardOutput.write(count == 1 ? "1 row\n" : "\(count) rows\n")
    }

    private mutating func writeWaiting() {
        guard let rows = waiting else { return }
        for cells in rows { widths = zip(widths, cells).map { max($0, $1.count) } }
        let rules = widths.map { String(repeating: "-", count: $0) }
        for cells in [headings, rules] + rows {
            for (column, cell) in cells.enumerated() { write(cell, in: column) }
        }
        waiting = nil
    }

    /// Writes a cell, and blanks up to the next column, or the end of the line.
    private func write(_ cell: String, in column: Int) {
        StandardOutput.write(TerminalText(verbatim: cell))
        let isLast = column == widths.count - 1
        let gap = String(repeating: " ", count: max(widths[column] - cell.count, 0) + 2)
        StandardOutput.write(isLast ? "\n" : "\(gap)")
    }

    /// One line of a table, whatever the text holds.
    private static func cell(_ text: String) -> String { TerminalText.shown(text) }
}

extension Row {
    /// The bytes of its texts and blobs.
    fileprivate var byteCount: Int {
        (0..<count).reduce(0) { sum, column in
            switch storageClass(column) {
            case .text, .blob: sum + withBytes(column) { $0.count }
            default: sum
            }
        }
    }
}
