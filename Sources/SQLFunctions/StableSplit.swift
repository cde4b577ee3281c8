import Diagnostics
import Digests

/// Named parts with weights, which a uid falls into by its SHA-256: the same part in every catalog, whatever
/// other rows there are.
struct StableSplit {
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
