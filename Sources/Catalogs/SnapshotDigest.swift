import Digests
import JSONValues
import SQLite

/// The digest of a snapshot: SHA-256 over a line of JSON for each member, `[uid, label, split, weight, soft target]`,
/// in the order of uids; so the same members have the same digest on any machine.
public struct SnapshotDigest {
    /// How many members were taken in.
    public private(set) var count = 0
    private var hash = SHA256()
    private var lines = JSONWriter()

    /// Begins the digest of no members yet.
    public init() {}

    /// Takes in the next member; they must come in the order of their uids.
    public mutating func update(
        uid: String, label: String?, split: String, weight: Double, softTarget: String?
    ) {
        let line: JSONValue = [
            .string(uid), label.map { .string($0) } ?? .null, .string(split), .real(weight),
            softTarget.map { .string($0) } ?? .null,
        ]
        lines.write(line, sorted: false)
        endLine()
    }

    /// Takes in the next member from a row of uid, label, split, weight and soft target, in the order of uids.
    public mutating func update(_ row: Row) {
        lines.write(verbatim: "[")
        for column in 0..<5 {
            if column > 0 { lines.write(verbatim: ",") }
            switch row.storageClass(column) {
            case .null: lines.write(verbatim: "null")
            case .real, .integer: lines.write(row.real(column))
            case .text, .blob: row.withBytes(column) { lines.write(string: $0) }
            }
        }
        lines.write(verbatim: "]")
        endLine()
    }

    private mutating func endLine() {
        count += 1
        lines.write(verbatim: "\n")
        guard lines.bytes.count > 1 << 16 else { return }
        hash.update(lines.bytes)
        lines.removeAll()
    }

    /// The digest of all members taken in so far.
    public var digest: Digest {
        var whole = hash
        whole.update(lines.bytes)
        return whole.finalize()
    }
}
