import Diagnostics

/// A comma-separated table with a header line (RFC 4180): quoted fields, LF or CRLF, UTF-8 with or without BOM.
///
/// It is kept as it was written, and read row by row, so that a long one takes little more memory than its file.
struct CSVTable {
    let file: String
    let header: [String]
    /// Stands behind the header.
    private let reader: Reader

    /// A row below the header, as wide as it.
    struct Row {
        /// The line on which it begins.
        let line: Int
        let fields: [String]
    }

    /// Reads a table's header.
    ///
    /// - Throws: badInput where there is none, or a field of it cannot be read.
    init(parsing bytes: [UInt8], file: String) throws(Failure) {
        var reader = Reader(bytes, file: file)
        guard let header = try reader.next() else {
            throw Failure(.badInput, "\(file) is empty", hint: "Give it a header line and rows.")
        }
        self.file = file
        self.header = header.fields.map { $0.trimmed }
        self.reader = reader
    }

    /// Runs `body` on each row.
    ///
    /// - Throws: badInput with file and line where a field is not UTF-8, a quote is out of place, or a row is
    ///   wider or narrower than the header.
    func forEachRow(_ body: (Row) throws(Failure) -> Void) throws(Failure) {
        var reader = reader
        while let row = try reader.next() {
            guard row.fields.count == header.count else {
                throw Failure(
                    .badInput,
                    "\(file), line \(row.line): \(row.fields.count) fields where the header has \(header.count)",
                    hint: "Quote fields that contain a comma or a line break.")
            }
            try body(row)
        }
    }

    /// Reads bytes, not characters: a mark that combines with a comma or a quote must not hide it.
    private struct Reader {
        let bytes: [UInt8]
        let file: String
        var position: Int
        var line = 1

        init(_ bytes: [UInt8], file: String) {
            self.bytes = bytes
            self.file = file
            position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        }

        /// The next row that is no empty line.
        mutating func next() throws(Failure) -> Row? {
            while position < bytes.count {
                let start = line
                var fields = [try field()]
                while current == UInt8(ascii: ",") {
                    position += 1
                    fields.append(try field())
                }
                endLine()
                if fields != [""] { return Row(line: start, fields: fields) }
            }
            return nil
        }

        private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func endLine() {
            if current == UInt8(ascii: "\r") { position += 1 }
            if current == UInt8(ascii: "\n") { position += 1 }
            line += 1
        }

        private mutating func field() throws(Failure) -> String {
            guard current == UInt8(ascii: "\"") else {
                let end = bytes[position...].firstIndex(where: Self.endsField) ?? bytes.count
                let field = bytes[position..<end]
                guard !field.contains(UInt8(ascii: "\"")) else { throw misplacedQuote() }
                position = end
                return try text(field, line)
            }
            let start = line
            var field: [UInt8] = []
            position += 1
            while let byte = current {
                position += 1
                if byte == UInt8(ascii: "\n") { line += 1 }
                if byte == UInt8(ascii: "\"") {
                    guard current == byte else {
                        guard current.map(Self.endsField) ?? true else { throw misplacedQuote() }
                        return try text(field[...], start)
                    }
                    position += 1
                }
                field.append(byte)
            }
            throw Failure(
                .badInput, "\(file), line \(start): a quoted field has no end", hint: "Close the quote.")
        }

        private func text(_ field: ArraySlice<UInt8>, _ line: Int) throws(Failure) -> String {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Failure(
                    .badInput, "\(file), line \(line): a field is not UTF-8",
                    hint: "Convert it: iconv -t UTF-8.")
            }
            guard !field.contains(0) else {
                throw Failure(
                    .badInput, "\(file), line \(line): a NUL character", hint: "Check that it is a text file."
                )
            }
            return text
        }

        private static func endsField(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        }

        private func misplacedQuote() -> Failure {
            Failure(
                .badInput, "\(file), line \(line): a quote in the middle of a field",
                hint: "Quote the whole field and write quotes inside it twice.")
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
