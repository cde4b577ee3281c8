import Glibc

/// How much SQL of a person's own may ask for.
public struct QueryLimits: Sendable {
    /// How long it may run, in seconds.
    public var seconds: Double
    /// How many rows it may yield; more are cut off, or refused by what needs them all.
    public var rows: Int
    /// How large a text, blob or row may be, in bytes.
    public var valueBytes: Int
    /// How much memory SQLite may take in this process, all connections together, in bytes.
    public var memoryBytes: Int
    /// How much may be put aside in temporary files, for sorting say, in bytes.
    public var temporaryBytes: Int

    /// How many rows SQL may yield where nobody asked for more.
    ///
    /// It is several times what the largest catalogs hold: what is cut off has no end, or lacks a join.
    public static let usualRows = 10_000_000

    /// Makes limits.
    public init(
        seconds: Double = 30, rows: Int = QueryLimits.usualRows, valueBytes: Int = 16 << 20,
        memoryBytes: Int = 384 << 20,
        temporaryBytes: Int = 8 << 30
    ) {
        self.seconds = seconds
        self.rows = rows
        self.valueBytes = valueBytes
        self.memoryBytes = memoryBytes
        self.temporaryBytes = temporaryBytes
    }
}

/// Watches a running statement's time, and the temporary files that grow meanwhile.
final class QueryWatch {
    /// What went past its limit.
    enum Excess { case time, temporaryFiles }

    /// What went past its limit first, nil where nothing did.
    private(set) var excess: Excess?
    private let limits: QueryLimits
    private let deadline: ContinuousClock.Instant
    private let bytesBefore = QueryWatch.unnamedBytes()
    private var nextLook: ContinuousClock.Instant

    init(_ limits: QueryLimits) {
        self.limits = limits
        nextLook = .now
        deadline = nextLook + .seconds(limits.seconds)
    }

    /// Whether the statement has had enough.
    func isOver() -> Bool {
        let now = ContinuousClock.now
        if now >= deadline { excess = .time }
        if now >= nextLook {
            if Self.unnamedBytes() - bytesBefore > limits.temporaryBytes { excess = .temporaryFiles }
            nextLook = now + .milliseconds(20)
        }
        return excess != nil
    }

    /// The bytes in open files that have no name: SQLite removes the names of its temporary files when it makes them.
    private static func unnamedBytes() -> Int {
        (Int32(3)..<256).reduce(0) { sum, descriptor in
            var status = stat()
            let isUnnamed =
                fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 0
            return isUnnamed ? sum + Int(status.st_size) : sum
        }
    }
}
