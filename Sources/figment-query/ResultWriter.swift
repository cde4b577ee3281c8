import Catalogs
import Diagnostics
import Digests
import StageKit

/// How an answer is written.
enum ResultFormat: String, CaseIterable, Sendable {
    /// Columns in line, for people.
    case table
    /// RFC 4180 with a header line, lines ending in a line feed.
    case csv
    /// One JSON object a line.
    case jsonl

    /// A writer to standard output.
    ///
    /// - Throws: badInput where the format cannot tell two columns apart.
    func writer(columns: [String]) throws(Failure) -> any ResultWriter {
        switch self {
        case .table: TableWriter(columns: columns)
        case .csv: CSVWriter(columns: columns)
        case .jsonl: try JSONLinesWriter(columns: columns)
        }
    }
}

/// Writes rows to standard output as they come.
protocol ResultWriter {
    /// Writes a row.
    mutating func append(_ row: Row)

    /// Writes what was held back and what stands at the end, after all rows.
    mutating func finish(count: Int)
}

extension ResultWriter {
    /// How many bytes of a line come together before they are written: a row may be far larger than its values.
    var longestPiece: Int { 1 << 20 }
}

extension Row {
    /// A column as text: nothing for null, a blob as hexadecimal digits.
    func field(_ column: Int) -> String {
        switch storageClass(column) {
        case .null: ""
        case .integer: String(integer(column))
        case .real: "\(real(column))"
        case .text: text(column)
        case .blob: bytes(column).hex
        }
    }
}
