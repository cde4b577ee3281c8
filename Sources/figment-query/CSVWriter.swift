import Catalogs
import StageKit

/// Comma-separated values; a field in quotes where RFC 4180 asks for it.
struct CSVWriter: ResultWriter {
    private var line: [UInt8] = []

    init(columns: [String]) {
        for (index, column) in columns.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            var column = column
            column.withUTF8 { append($0) }
        }
        writeLine()
    }

    mutating func append(_ row: Row) {
        for column in 0..<row.count {
            if column > 0 { line.append(UInt8(ascii: ",")) }
            switch row.storageClass(column) {
            case .null: break
            case .integer: append(row.integer(column))
            case .text: row.withBytes(column) { append($0) }
            default: line.append(contentsOf: row.field(column).utf8)
            }
            if line.count > longestPiece { writePiece() }
        }
        writeLine()
    }

    func finish(count: Int) {}

    private mutating func append(_ field: UnsafeBufferPointer<UInt8>) {
        guard field.contains(where: Self.needsQuotes) else {
            line.append(contentsOf: field)
            return
        }
        line.append(UInt8(ascii: "\""))
        for byte in field {
            if byte == UInt8(ascii: "\"") { line.append(byte) }
            line.append(byte)
        }
        line.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ number: Int) {
        let start = line.count
        var rest = number.magnitude
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        if number < 0 { line.append(UInt8(ascii: "-")) }
        line[start...].reverse()
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private mutating func writeLine() {
        line.append(UInt8(ascii: "\n"))
        writePiece()
    }

    private mutating func writePiece() {
        StandardOutput.write(line)
        line.removeAll(keepingCapacity: true)
    }
}
