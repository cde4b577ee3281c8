import Digests
import JSONValues

/// The digest of a snapshot: SHA-256 over a line of JSON for each member, `[uid, label, split, weight, soft target]`,
/// in the order of uids; so the same members have the same digest on any machine.
public struct SnapshotDigest {
    private var hash = SHA256()

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
        hash.update(Array((line.text + "\n").utf8))
    }

    /// The digest of all members taken in so far.
    public var digest: Digest { hash.finalize() }
}
