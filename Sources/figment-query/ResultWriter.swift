import Catalogs
import Digests
import JSONValues
import StageKit

/// How an answer is written.
enum ResultFormat: String, CaseIterable, Sendable {
    /// Columns in line, for people.
    case table
    /// RFC 4180 with a header line.
    case csv
    /// One JSON object a line.
    case jsonl
}

/// Writes rows to standard output as they come.
///
/// A table sets its columns' widths by its first rows; the rest follows as it comes, so that an answer of any size
/// takes little memory.
struct ResultWriter {
    private static let measuredRows = 200

    private(set) var count = 0
    private let format: ResultFormat
    private let columns: [String]
    private let headings: [String]
    private var waiting: [[String]] = []
    private var widths: [Int]

    init(_ format: ResultFormat, columns: [String]) {
        self.format = format
        self.columns = columns
        headings = columns.map(Self.cell)
        widths = headings.map(\.count)
        if format == .csv { writeLine(columns.map(Self.csvField).joined(separator: ",")) }
    }

    mutating func append(_ row: [SQLValue]) {
        count += 1
        switch format {
        case .csv: writeLine(row.map { Self.csvField(Self.text($0)) }.joined(separator: ","))
        case .jsonl:
            writeLine(JSONValue.object(JSONObject(zip(columns, row).map { ($0, $1.json) })).text)
        case .table:
            let cells = row.map { Self.cell(Self.text($0)) }
            guard count <= Self.measuredRows else {
                writeLine(aligned(cells))
                return
            }
            waiting.append(cells)
            if count == Self.measuredRows { writeWaiting() }
        }
    }

    /// Writes what was held back, and under a table the number of rows.
    mutating func finish() {
        guard format == .table else { return }
        if count < Self.measuredRows { writeWaiting() }
        writeLine(count == 1 ? "1 row" : "\(count) rows")
    }

    private mutating func writeWaiting() {
        for cells in waiting { widths = zip(widths, cells).map { max($0, $1.count) } }
        writeLine(aligned(headings))
        writeLine(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        for cells in waiting { writeLine(aligned(cells)) }
        waiting = []
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

    private static func text(_ value: SQLValue) -> String {
        switch value {
        case .null: ""
        case .integer(let integer): String(integer)
        case .real(let real): "\(real)"
        case .text(let text): text
        case .blob(let bytes): bytes.hex
        }
    }

    /// One line of a table: line breaks and other control characters become a visible mark.
    private static func cell(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : "␤" })
    }

    private static func csvField(_ text: String) -> String {
        guard text.contains(where: { ",\"".contains($0) || $0.isNewline }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
