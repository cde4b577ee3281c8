/// Something that a check has to say about a catalog.
public struct Finding: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// Something is lost or altered.
        case damage
        /// Something is there that nothing needs.
        case note
    }

    /// What it is about.
    public enum Kind: String, CaseIterable, Sendable {
        /// The catalog's file: its pages, rows out of order, values that a CHECK refuses.
        case file
        /// A table, index, view or trigger that is missing or altered, or that no migration made.
        case schema
        /// A migration that is not the one that these programs know.
        case migration
        /// A row that names a row that is not there.
        case reference
        /// A row whose uid does not follow from what it holds.
        case uid
        /// A value that does not follow from the rows that it was derived from.
        case value
        /// A number of rows, or an order of rows, that is not what another row says.
        case count
        /// A snapshot whose items are not those that its digest was taken of.
        case snapshot
        /// A pack's file: missing, damaged, or changed since it was sealed.
        case pack
        /// A payload that a row names: missing, or other bytes than its digest says.
        case payload
        /// An image's file that is not what its row says, or no picture at all.
        case image
        /// Something that no row names.
        case stray

        /// How bad findings of this kind are.
        public var severity: Severity { self == .stray ? .note : .damage }
    }

    /// What it is about.
    public let kind: Kind
    /// What it is, naming the table, row, pack or digest.
    public let message: String

    /// How bad it is.
    public var severity: Severity { kind.severity }
}

/// What a check has found so far: of each kind the first hundred, and how many there were.
struct Findings: Sendable {
    /// How many of a kind are told one by one.
    static let cap = 100

    private var told: [Finding.Kind: [String]] = [:]
    private var counts: [Finding.Kind: Int] = [:]

    /// Adds a finding, unless the same has been said already.
    mutating func add(_ kind: Finding.Kind, _ message: String) {
        guard counts[kind, default: 0] < Self.cap else {
            counts[kind, default: 0] += 1
            return
        }
        guard !told[kind, default: []].contains(message) else { return }
        told[kind, default: []].append(message)
        counts[kind, default: 0] += 1
    }

    /// Adds all that another part of the check found.
    mutating func add(_ other: Findings) {
        for kind in Finding.Kind.allCases {
            for message in other.told[kind] ?? [] { add(kind, message) }
            counts[kind, default: 0] += other.counts[kind, default: 0] - (other.told[kind]?.count ?? 0)
        }
    }

    /// The findings by kind, in the order in which they came; behind them the number of those that are not told.
    var all: [Finding] {
        Finding.Kind.allCases.flatMap { kind in
            let messages = told[kind] ?? []
            let rest = counts[kind, default: 0] - messages.count
            let more = rest > 0 ? ["and \(rest) more of this kind"] : []
            return (messages + more).map { Finding(kind: kind, message: $0) }
        }
    }
}
