import Catalogs
import Diagnostics
import Digests

/// Who is in a dataset, and as what: some 40 bytes an image, to compare with another.
struct Membership {
    /// A member, by numbers that mean the same in memberships with the same names.
    struct Entry: Hashable {
        let imageID: Int
        let label: Int?
        let split: Int
        let weight: Double
        /// The beginning of the soft target's SHA-256.
        let softTarget: UInt64?
    }

    /// In the order of image ids.
    let entries: [Entry]

    /// Runs a query of members to its end.
    ///
    /// - Throws: badInput where it yields what is no image, or one twice.
    init(_ sql: String, _ reader: CatalogReader, _ names: NameTable) throws(Failure) {
        var entries: [Entry] = []
        try reader.queryAll(sql) { row throws(Failure) in
            let member = try Member(row, number: entries.count + 1)
            entries.append(
                Entry(
                    imageID: member.imageID, label: member.label.map(names.number(of:)),
                    split: names.number(of: member.split), weight: member.weight,
                    softTarget: member.softTarget.map(Self.brief)))
        }
        entries.sort { $0.imageID < $1.imageID }
        for (entry, next) in zip(entries, entries.dropFirst()) where entry.imageID == next.imageID {
            throw Failure(
                .badInput, "the query yields the image \(entry.imageID) twice",
                hint: "Use SELECT DISTINCT, or GROUP BY image_id.")
        }
        self.entries = entries
    }

    private static func brief(_ text: String) -> UInt64 {
        SHA256.digest(of: text.utf8).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Texts by numbers, for those that come again and again.
final class NameTable {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    /// A name's number, the same every time.
    func number(of name: String) -> Int {
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }
}

/// What two memberships do not share.
struct MembershipDifference {
    private(set) var onlyInFirst: [Membership.Entry] = []
    private(set) var onlyInSecond: [Membership.Entry] = []
    /// In both, but as something else: label, split, weight or soft target.
    private(set) var changed: [(first: Membership.Entry, second: Membership.Entry)] = []
    private(set) var sameCount = 0

    var isEmpty: Bool { onlyInFirst.isEmpty && onlyInSecond.isEmpty && changed.isEmpty }

    init(_ first: Membership, _ second: Membership) {
        var left = first.entries[...]
        var right = second.entries[...]
        while let a = left.first, let b = right.first {
            if a.imageID <= b.imageID { left.removeFirst() }
            if b.imageID <= a.imageID { right.removeFirst() }
            if a.imageID < b.imageID {
                onlyInFirst.append(a)
            } else if b.imageID < a.imageID {
                onlyInSecond.append(b)
            } else if a == b {
                sameCount += 1
            } else {
                changed.append((a, b))
            }
        }
        onlyInFirst += left
        onlyInSecond += right
    }
}
