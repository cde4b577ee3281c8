import Diagnostics

extension JSONValue {
    /// Reads one JSON text (RFC 8259): UTF-8, no duplicate key, at most 128 levels deep and 4,000,000 values.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - source: the name of the file or field, for messages.
    public init(parsing bytes: some Sequence<UInt8>, source: String) throws(Failure) {
        var parser = JSONParser(bytes: Array(bytes), source: source)
        self = try parser.parse()
    }

    /// Reads one JSON text.
    public init(parsing text: String, source: String) throws(Failure) {
        try self.init(parsing: text.utf8, source: source)
    }
}

/// A recursive-descent reader over the bytes of one text.
private struct JSONParser {
    let bytes: [UInt8]
    let source: String
    var position = 0
    var depth = 0
    /// How many values there have been.
    var count = 0

    /// The most values that a text may hold, so that the memory it takes is bounded: some ten times as many as the
    /// tokenizers with the largest vocabularies have.
    static let countLimit = 4_000_000

    init(bytes: [UInt8], source: String) {
        self.bytes = bytes
        self.source = source
    }

    mutating func parse() throws(Failure) -> JSONValue {
        let result = try value()
        skipSpace()
        guard position == bytes.count else { throw fault("text goes on after the end of the value") }
        return result
    }

    func fault(_ what: String) -> Failure {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        return Failure(
            .badInput, "\(source) is not valid JSON: \(what), at byte \(position), line \(line)",
            hint: "Check that the file is whole and really JSON.")
    }

    mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    mutating func value() throws(Failure) -> JSONValue {
        skipSpace()
        count += 1
        guard count <= Self.countLimit else { throw fault("it holds more than \(Self.countLimit) values") }
        guard position < bytes.count else { throw fault("it ends too early") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try nested { parser throws(Failure) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(Failure) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func nested(
        _ body: (inout JSONParser) throws(Failure) -> JSONValue
    ) throws(Failure) -> JSONValue {
        depth += 1
        guard depth <= 128 else { throw fault("it nests deeper than 128 levels") }
        let result = try body(&self)
        depth -= 1
        return result
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return skip(character)
    }

    mutating func word(_ text: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw fault("an unknown word") }
        position += text.utf8.count
        return value
    }

    mutating func array() throws(Failure) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take("]") { return .array([]) }
        repeat { elements.append(try value()) } while take(",")
        guard take("]") else { throw fault("expected ',' or ']'") }
        return .array(elements)
    }

    mutating func object() throws(Failure) -> JSONValue {
        position += 1
        var members: [(key: String, value: JSONValue)] = []
        if take("}") { return .object(JSONObject()) }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw fault("expected a key in quotes")
            }
            let key = try string()
            guard take(":") else { throw fault("expected ':' after the key '\(key)'") }
            members.append((key, try value()))
        } while take(",")
        guard take("}") else { throw fault("expected ',' or '}'") }
        let object = JSONObject(members)
        guard object.members.count == members.count else { throw fault("an object has a key twice") }
        return .object(object)
    }

    /// A number by the grammar: a minus, digits without a leading zero, a fraction, an exponent.
    mutating func number() throws(Failure) -> JSONValue {
        let start = position
        skip("-")
        let first = position
        var isValid = skipDigits() > 0 && (bytes[first] != UInt8(ascii: "0") || position == first + 1)
        let end = position
        if skip(".") { isValid = skipDigits() > 0 && isValid }
        if skip("e") || skip("E") {
            if !skip("+") { skip("-") }
            isValid = skipDigits() > 0 && isValid
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard isValid else {
            position = start
            throw fault(text.isEmpty ? "an unexpected character" : "'\(text)' is no number")
        }
        if position == end, let integer = Int(text) { return .integer(integer) }
        guard let real = Double(text), real.isFinite else { throw fault("'\(text)' is too large a number") }
        return .real(real)
    }

    @discardableResult
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] {
            position += 1
        }
        return position - start
    }

    mutating func string() throws(Failure) -> String {
        position += 1
        var units: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else { throw fault("bad UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &units)
            case 0..<0x20: throw fault("a control character in a string")
            default: units.append(byte)
            }
        }
        throw fault("a string has no end")
    }

    mutating func escape(into units: inout [UInt8]) throws(Failure) {
        guard position < bytes.count else { throw fault("a string has no end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            var codes = [first]
            if UTF16.isLeadSurrogate(first), bytes[position...].starts(with: "\\u".utf8) {
                position += 2
                codes.append(try codeUnit())
            }
            guard let text = String(validating: codes, as: UTF16.self) else {
                throw fault("half a surrogate pair")
            }
            units.append(contentsOf: text.utf8)
        default: throw fault("an unknown escape")
        }
    }

    mutating func codeUnit() throws(Failure) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        // The digits alone: `UInt16` would take a sign for one.
        guard digits.count == 4, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape \\u without four hex digits") }
        position += 4
        return unit
    }
}
