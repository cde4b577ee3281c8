import Diagnostics
import Digests
import Dispatch
import SQLite
import Synchronization

/// A row of another catalog whose payload has to be found.
struct NamingRow {
    let table: String
    let id: Int
    let uid: String
    let sha256: String
    /// What else it says of the payload.
    let claim: PayloadClaim
}

/// Proves payloads of a pack: that each is there, has its digest, and is what the row that names it says.
final class PayloadProof {
    /// What becomes of a row.
    enum Verdict {
        /// The payload is there, and what the row says.
        case sound
        /// The payload is missing, or has been altered.
        case lost
        /// The payload is not what the row says.
        case untrue(String)
    }

    /// A payload, and the table whose rows name it.
    private struct Key: Hashable {
        let table: String
        let sha256: String
    }

    /// The pack.
    let pack: Pack
    private let reader: Catalog.ImageReader?
    /// What is known of payloads already, each of which many rows may name; nil of those that are lost.
    private var known: [Key: PayloadFacts?] = [:]

    /// - Parameter reader: reads pictures; without it they are not looked at.
    init(of pack: Pack, _ reader: Catalog.ImageReader?) throws(Failure) {
        try pack.keepPages()
        self.pack = pack
        self.reader = reader
    }

    /// What becomes of each row, in their order.
    func verdicts(on rows: [NamingRow]) throws(Failure) -> [Verdict] {
        if known.count > 10_000 { known.removeAll() }
        let unknown = Set(rows.map { Key(table: $0.table, sha256: $0.sha256) }).filter { known[$0] == nil }
        var rest = Array(unknown)[...]
        while !rest.isEmpty { try look(at: &rest) }
        return rows.map { row in
            guard let facts = known[Key(table: row.table, sha256: row.sha256)] ?? nil else { return .lost }
            let faults = row.claim.faults(facts).map(\.message)
            return faults.isEmpty ? .sound : .untrue(faults.joined(separator: "; "))
        }
    }

    /// Reads some payloads, no more at a time than fit into memory, and looks at them on all cores.
    private func look(at rest: inout ArraySlice<Key>) throws(Failure) {
        var (keys, payloads, size): ([Key], [[UInt8]], Int) = ([], [], 0)
        // Under one lock, but no longer than it takes to read: a writer waits.
        try pack.reading { () throws(Failure) in
            while size < 16 << 20, let key = rest.popFirst() {
                let stored = try readable { () throws(Failure) in try pack.stored(key.sha256) }
                guard let stored, let bytes = stored else {
                    known[key] = .some(nil)
                    continue
                }
                keys.append(key)
                payloads.append(bytes)
                size += bytes.count
            }
        }
        let parts = 16
        let found = Mutex<[(key: Key, facts: PayloadFacts?)]>([])
        DispatchQueue.concurrentPerform(iterations: parts) { [keys, payloads, reader] part in
            let facts = stride(from: part, to: keys.count, by: parts).map { index in
                let (key, bytes) = (keys[index], payloads[index])
                let isIntact = SHA256.digest(of: bytes).hex == key.sha256
                return (
                    key: key, facts: isIntact ? PayloadFacts(bytes, of: key.table, reader, stated: nil) : nil
                )
            }
            found.withLock { $0 += facts }
        }
        for (key, facts) in found.withLock({ $0 }) { known[key] = .some(facts) }
    }
}
