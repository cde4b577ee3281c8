import Diagnostics
import Digests
import JSONValues
import SQLite

/// The functions that catalogs add to SQL.
enum SQLFunctions {
    static func define(on connection: Connection) throws(SQLiteError) {
        try connection.define("vector_cosine", argumentCount: 2) { values throws(Failure) in
            try cosine(values[0], values[1])
        }
        var splits: [String: Split] = [:]
        try connection.define("stable_split", argumentCount: 2) { values throws(Failure) in
            if values.contains(.null) { return .null }
            guard case .text(let uid) = values[0], case .text(let text) = values[1] else {
                throw Failure(.badInput, "it takes a uid and weights like 'train:0.9,validation:0.1'")
            }
            let split: Split
            if let known = splits[text] { split = known } else { split = try Split(text) }
            splits[text] = split
            return .text(split.part(of: uid))
        }
        // The statement belongs to the connection that the function is defined on, and ends with it.
        try connection.define("score_of", argumentCount: 2, isDeterministic: false) {
            [unowned connection] values throws(Failure) in
            try failing { () throws(SQLiteError) in
                try connection.value(
                    "SELECT value FROM latest_score WHERE image_id = ? AND measure = ?", values)
            }
        }
    }

    /// Our own `json_valid`, in place of SQLite's.
    static func defineJSONValid(on connection: Connection) throws(SQLiteError) {
        try connection.define("json_valid", argumentCount: 1) { values in
            switch values[0] {
            case .null: return .null
            case .text(let text): return (try? JSONValue(parsing: text, source: "")) == nil ? 0 : 1
            default: return 0
            }
        }
    }

    /// The cosine of the angle between two vectors of little-endian 32-bit floats; null where either is null or
    /// zero.
    static func cosine(_ first: SQLValue, _ second: SQLValue) throws(Failure) -> SQLValue {
        if first == .null || second == .null { return .null }
        guard case .blob(let a) = first, case .blob(let b) = second, a.count == b.count,
            a.count.isMultiple(of: 4)
        else { throw Failure(.badInput, "it takes two blobs of 32-bit floats of equal length") }
        var (dot, lengthA, lengthB) = (0.0, 0.0, 0.0)
        a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                for offset in stride(from: 0, to: a.count, by: 4) {
                    let bitsA = a.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    let bitsB = b.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    let x = Double(Float(bitPattern: UInt32(littleEndian: bitsA)))
                    let y = Double(Float(bitPattern: UInt32(littleEndian: bitsB)))
                    dot += x * y
                    lengthA += x * x
                    lengthB += y * y
                }
            }
        }
        let lengths = (lengthA * lengthB).squareRoot()
        return lengths > 0 ? .real(dot / lengths) : .null
    }
}

/// Named parts with weights, which a uid falls into by its SHA-256: the same part in every catalog, whatever
/// other rows there are.
struct Split {
    private let parts: [(name: String, end: Double)]

    /// Reads "train:0.9,validation:0.1".
    ///
    /// - Throws: badInput where a name or a weight is missing or wrong, or where the weights do not add up to 1.
    init(_ text: String) throws(Failure) {
        var parts: [(name: String, end: Double)] = []
        var end = 0.0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2, let weight = Double(fields[1].trimmed), weight > 0, weight <= 1 else {
                throw Failure(.badInput, "'\(part)' is not a name, a colon and a weight above 0 up to 1")
            }
            let name = fields[0].trimmed
            guard !name.isEmpty, !parts.contains(where: { $0.name == name }) else {
                throw Failure(.badInput, "'\(text)' lacks a name, or has one twice")
            }
            end += weight
            parts.append((name, end))
        }
        guard abs(end - 1) < 1e-9 else {
            throw Failure(.badInput, "the weights of '\(text)' add up to \(end), not to 1")
        }
        self.parts = parts
    }

    /// The part that a uid falls into.
    func part(of uid: String) -> String {
        let word = SHA256.digest(of: Array(uid.utf8)).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        let place = Double(word >> 11) * 0x1p-53
        return parts.first { place < $0.end }?.name ?? parts[parts.count - 1].name
    }
}

extension Substring {
    /// The text without blanks at its ends.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
