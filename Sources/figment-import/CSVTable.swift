import Diagnostics

/// A comma-separated table with a header line (RFC 4180): quoted fields, LF or CRLF, UTF-8 with or without BOM.
struct CSVTable {
    let file: String
    let header: [String]
    /// The rows below the header, each as wide as it, with the line on which it begins.
    let rows: [(line: Int, fields: [String])]

    /// Reads a table.
    ///
    /// - Throws: badInput with file and line where a field is not UTF-8, a quote is out of place, or a row is
    ///   wider or narrower than the header.
    init(parsing bytes: [UInt8], file: String) throws(Failure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badInput, "\(file) is not UTF-8", hint: "Convert it: iconv -t UTF-8.")
        }
        guard !text.unicodeScalars.contains("\0") else {
            throw Failure(.badInput, "\(file) holds a NUL character", hint: "Check that it is a text file.")
        }
        var reader = Reader(text: text.trimmedByteOrderMark, file: file)
        var records = try reader.records()
        guard !records.isEmpty else {
            throw Failure(.badInput, "\(file) is empty", hint: "Give it a header line and rows.")
        }
        let header = records.removeFirst().fields
        self.file = file
        self.header = header.map { $0.trimmed }
        for record in records where record.fields.count != header.count {
            throw Failure(
                .badInput,
                "\(file), line \(record.line): \(record.fields.count) fields where the header has \(header.count)",
                hint: "Quote fields that contain a comma or a line break.")
        }
        rows = records
    }

    /// Reads scalars, not characters: a mark that combines with a comma or a quote must not hide it.
    private struct Reader {
        var rest: Substring.UnicodeScalarView
        let file: String
        var line = 1

        init(text: Substring, file: String) {
            rest = text.unicodeScalars
            self.file = file
        }

        mutating func records() throws(Failure) -> [(line: Int, fields: [String])] {
            var records: [(line: Int, fields: [String])] = []
            while !rest.isEmpty {
                let start = line
                var fields = [try field()]
                while rest.first == "," {
                    rest.removeFirst()
                    fields.append(try field())
                }
                endLine()
                if fields != [""] { records.append((start, fields)) }
            }
            return records
        }

        mutating func endLine() {
            if rest.first == "\r" { rest.removeFirst() }
            if rest.first == "\n" { rest.removeFirst() }
            line += 1
        }

        mutating func field() throws(Failure) -> String {
            guard rest.first == "\"" else {
                let field = rest.prefix { !Self.endsField($0) }
                guard !field.contains("\"") else { throw misplacedQuote() }
                rest = rest[field.endIndex...]
                return String(field)
            }
            let start = line
            var field = String.UnicodeScalarView()
            rest.removeFirst()
            while let scalar = rest.popFirst() {
                if scalar == "\n" { line += 1 }
                guard scalar == "\"" else {
                    field.append(scalar)
                    continue
                }
                guard rest.first == "\"" else {
                    guard rest.first.map(Self.endsField) ?? true else { throw misplacedQuote() }
                    return String(field)
                }
                rest.removeFirst()
                field.append("\"")
            }
            throw Failure(
                .badInput, "\(file), line \(start): a quoted field has no end", hint: "Close the quote.")
        }

        static func endsField(_ scalar: Unicode.Scalar) -> Bool {
            scalar == "," || scalar == "\n" || scalar == "\r"
        }

        func misplacedQuote() -> Failure {
            Failure(
                .badInput, "\(file), line \(line): a quote in the middle of a field",
                hint: "Quote the whole field and write quotes inside it twice.")
        }
    }
}

extension String {
    /// Without the byte order mark that some programs put before UTF-8.
    var trimmedByteOrderMark: Substring {
        let scalars = unicodeScalars
        return scalars.first == "\u{FEFF}" ? Substring(scalars.dropFirst()) : self[...]
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
