import Catalogs
import Diagnostics

/// Who works on what until when, so that two workers on one catalog do not make the same thing twice.
///
/// A claim is a courtesy, not a lock: rows are appended once whatever happens, because their uids follow from
/// what they are. A claim ends with its deadline, or as soon as its owner on this machine is seen to be dead.
///
/// Deadlines are times of a clock that may jump. Forwards, claims end early, until their owner's next heartbeat;
/// backwards, they would end late, so one that lies further ahead than any that is taken now has ended too. Either
/// way two workers hold an item for no longer than a batch, and nobody waits for more than twice the lease.
struct Claims {
    /// How long a worker that shows no life keeps its items, in milliseconds.
    static let lease = 15 * 60 * 1_000

    /// Whose the claims are.
    let owner: String
    /// Gives the time, in milliseconds since 1970.
    let now: () -> Int

    init(owner: String = ClaimOwner.current(), now: @escaping () -> Int = { WallClock.milliseconds }) {
        self.owner = owner
        self.now = now
    }

    /// Takes items, inside the transaction in which they were found to be free.
    func take(_ items: [(work: String, id: Int)], in catalog: Catalog) throws(Failure) {
        let deadline = SQLValue.integer(now() + Self.lease)
        for item in items {
            try catalog.execute(
                """
                INSERT INTO claim (work, item, owner, deadline) VALUES (?, ?, ?, ?)
                ON CONFLICT (work, item) DO UPDATE SET owner = excluded.owner, deadline = excluded.deadline
                """,
                [.text(item.work), .text(String(item.id)), .text(owner), deadline])
        }
    }

    /// Prolongs whatever the owner still holds, in a transaction of its own.
    func prolong(in catalog: Catalog) throws(Failure) {
        try catalog.write { () throws(Failure) in
            try catalog.execute(
                "UPDATE claim SET deadline = ? WHERE owner = ?",
                [.integer(now() + Self.lease), .text(owner)])
        }
    }

    /// Gives back whatever the owner still holds.
    func release(in catalog: Catalog) throws(Failure) {
        try catalog.execute("DELETE FROM claim WHERE owner = ?", [.text(owner)])
    }

    /// Removes claims that have ended, of whatever work, and those whose owner on this machine is no more.
    func clearAbandoned(in catalog: Catalog) throws(Failure) {
        try catalog.write { () throws(Failure) in
            let owners = try catalog.rows("SELECT DISTINCT owner FROM claim") { $0.text(0) }
            try catalog.execute("DELETE FROM claim WHERE NOT (\(Self.isInForce))", bindings)
            for owner in owners where ClaimOwner.isDead(owner) {
                try catalog.execute("DELETE FROM claim WHERE owner = ?", [.text(owner)])
            }
        }
    }

    /// The condition that nobody holds a claim on the row with `id`, an SQL expression; binds `:work` and `bindings`.
    static func free(_ id: String) -> String {
        // The cast lets the primary key be searched: beside an integer SQLite would read every item as a number.
        """
        NOT EXISTS (
            SELECT 1 FROM claim WHERE work = :work AND item = CAST(\(id) AS TEXT) AND \(isInForce))
        """
    }

    private static let isInForce = "deadline > :now AND deadline <= :horizon"

    /// The times that `free` compares with.
    var bindings: [String: SQLValue] {
        let now = now()
        return [":now": .integer(now), ":horizon": .integer(now + 2 * Self.lease)]
    }
}
