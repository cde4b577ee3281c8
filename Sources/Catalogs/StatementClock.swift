import SQLite

/// Stops a statement of a connection that takes longer than any does on a catalog that Figment made.
final class StatementClock {
    /// How long a statement may take from one row to the next, in seconds.
    static let seconds = 600.0

    /// Whether the last statement was stopped.
    private(set) var hasStopped = false
    private var deadline = ContinuousClock.now + .seconds(StatementClock.seconds)

    init(on connection: Connection) {
        connection.stop { [unowned self] in
            hasStopped = ContinuousClock.now >= deadline
            return hasStopped
        }
    }

    /// Begins anew, before a statement is run to its next row.
    func begin() {
        hasStopped = false
        deadline = ContinuousClock.now + .seconds(Self.seconds)
    }
}
