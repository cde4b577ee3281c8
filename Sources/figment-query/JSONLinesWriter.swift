import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// An object a line, its members in the order of the columns; a blob as hexadecimal digits.
struct JSONLinesWriter: ResultWriter {
    /// What stands before each value: `{"id":`, `,"name":`.
    private let openings: [[UInt8]]
    private var line = JSONWriter()

    /// - Throws: badInput where two columns have the same name: an object would lose one of them.
    init(columns: [String]) throws(Failure) {
        for (index, column) in columns.enumerated() where columns[..<index].contains(column) {
            throw Failure(
                .badInput, "two columns are called '\(column)', which JSON objects cannot tell apart",
                hint: "Give one another name with AS, or ask for --format csv.")
        }
        openings = columns.enumerated().map { index, column in
            var opening = JSONWriter()
            opening.write(column)
            return Array((index == 0 ? "{" : ",").utf8) + opening.bytes + [UInt8(ascii: ":")]
        }
    }

    mutating func append(_ row: Row) {
        for (column, opening) in openings.enumerated() {
            line.write(verbatim: opening)
            switch row.storageClass(column) {
            case .null: line.write(verbatim: "null")
            case .integer: line.write(row.integer(column))
            case .real: line.write(row.real(column))
            case .text: line.write(row.text(column))
            case .blob: line.write(row.field(column))
            }
            if line.bytes.count > longestPiece { writePiece() }
        }
        line.write(verbatim: "}\n")
        writePiece()
    }

    private mutating func writePiece() {
        StandardOutput.write(line.bytes)
        line.removeAll()
    }

    func finish(count: Int) {}
}
