import Catalogs
import Diagnostics
import JSONValues

/// The catalog as it was when a snapshot was frozen: which rows were there.
///
/// Rows have no revision of their own, their runs' events have: a run that had ended before had recorded all of its
/// rows, one that began after none, and of one in mid-work as many were there as its batches until then say.
///
/// A revision counts the events of the catalog where the snapshot was frozen, where the freezing run's first event came
/// next. Where it does not, the snapshot came from another catalog by a merge, or others were writing meanwhile; then
/// events are compared by their times, which are the same everywhere.
final class Horizon {
    private let catalog: Catalog
    /// Whether an event of `run_event` came after the snapshot, in SQL.
    private let isLater: String
    private let moment: SQLValue
    /// The first id of a run's rows in a table that was not there.
    private var firstNew: [String: Int] = [:]

    init(of snapshot: SnapshotRecord, in catalog: Catalog) throws(Failure) {
        self.catalog = catalog
        let freezing = try catalog.integer(
            "SELECT min(run_event.id) FROM run_event JOIN run ON run.id = run_id WHERE run.uid = ?",
            [.text(snapshot.run.uid)])
        if freezing == snapshot.revision + 1 {
            (isLater, moment) = ("id > :moment", .integer(snapshot.revision))
        } else {
            (isLater, moment) = ("at > :moment", .text(snapshot.run.startedAt))
        }
    }

    /// Whether the row was appended after the snapshot.
    func isNew(_ id: Int, in table: String, by run: Int) throws(Failure) -> Bool {
        let key = "\(table) \(run)"
        if let first = firstNew[key] { return id >= first }
        let first = try findFirstNew(table, run)
        firstNew[key] = first
        return id >= first
    }

    private func findFirstNew(_ table: String, _ run: Int) throws(Failure) -> Int {
        let events = try catalog.rows(
            """
            SELECT min(\(isLater)),
                coalesce(max(NOT \(isLater) AND kind IN ('finished', 'interrupted', 'failed')), 0),
                coalesce(sum(appended) FILTER (WHERE kind = 'batch' AND NOT \(isLater)), 0)
            FROM run_event WHERE run_id = :run
            """, [":moment": moment, ":run": .integer(run)]
        ) { (isLater: $0.integer(0) == 1, isOver: $0.integer(1) == 1, done: $0.integer(2)) }
        guard let run = events.first.map({ (run, $0) }) else { return 0 }
        if run.1.isLater { return 0 }
        if run.1.isOver { return .max }
        return try catalog.rows(
            "SELECT id FROM \(table) WHERE run_id = ? ORDER BY id LIMIT 1 OFFSET ?",
            [.integer(run.0), .integer(run.1.done)]
        ) { $0.integer(0) }.first ?? .max
    }

    /// A verdict or a value as it was.
    struct Finding: Equatable {
        /// What it is called: the rule, or the measure.
        let name: String
        let verdict: String?
        let value: Double?
        let threshold: Double?
        let uid: String
        /// What defines it: the rule's uid, or the measurement's.
        let definition: String
        let run: String

        var json: JSONValue {
            [
                "verdict": verdict.map { .string($0) } ?? .null, "value": value.map { .real($0) } ?? .null,
                "threshold": threshold.map { .real($0) } ?? .null, "uid": .string(uid),
                "definition": .string(definition), "run": .string(run),
            ]
        }

        var text: String {
            let words = [
                verdict, value.map { "\($0)" }, threshold.map { "against \($0)" },
                "(\(uid.prefix(12)), run \(run.prefix(12)))",
            ]
            return words.compactMap { $0 }.joined(separator: " ")
        }
    }

    /// The newest decision on an image under each rule's name.
    func decisions(on image: Int) throws(Failure) -> [String: Finding] {
        try newest(
            """
            SELECT decision.id, decision.run_id, filter_rule.name, verdict, value, threshold, decision.uid,
                filter_rule.uid, run.uid
            FROM decision JOIN filter_rule ON filter_rule.id = filter_rule_id JOIN run ON run.id = decision.run_id
            WHERE image_id = ? ORDER BY run.started_at, decision.uid
            """, "decision", image)
    }

    /// The newest score of an image under each measure.
    func scores(of image: Int) throws(Failure) -> [String: Finding] {
        try newest(
            """
            SELECT score.id, score.run_id, measure, NULL, value, NULL, score.uid, measurement.uid, run.uid
            FROM score JOIN measurement ON measurement.id = measurement_id JOIN run ON run.id = score.run_id
            WHERE image_id = ? ORDER BY run.started_at, score.uid
            """, "score", image)
    }

    private func newest(_ sql: String, _ table: String, _ image: Int) throws(Failure) -> [String: Finding] {
        let rows = try catalog.rows(sql, [.integer(image)]) { row in
            (
                id: row.integer(0), run: row.integer(1),
                finding: Finding(
                    name: row.text(2), verdict: row.optionalText(3), value: row.optionalReal(4),
                    threshold: row.optionalReal(5), uid: row.text(6), definition: row.text(7),
                    run: row.text(8))
            )
        }
        var findings: [String: Finding] = [:]
        for row in rows where try !isNew(row.id, in: table, by: row.run) {
            findings[row.finding.name] = row.finding
        }
        return findings
    }
}
