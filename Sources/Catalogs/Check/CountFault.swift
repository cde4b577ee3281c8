import Diagnostics
import SQLite

/// What is wrong with a row that the rows which belong to it do not bear out.
enum CountFaultReason {
    /// A run's events are not numbered from 0 without a gap, begin with no start, or go on after an end.
    case events
    /// A snapshot says another number of items.
    case items(said: Int, found: Int)
    /// The items of a snapshot are not those that its digest was taken of.
    case digest
    /// The shards of an export do not add up to its snapshot.
    case shards
}

/// A row that the rows which belong to it do not bear out.
typealias CountFault = RowFault<CountFaultReason>

extension Catalog {
    /// Tells of each run whose events are not all there, in order.
    ///
    /// - Parameters:
    ///   - schema: the name of an attached database to look at instead.
    ///   - body: takes the faults.
    func forEachRunFault(
        in schema: String = "main", _ body: (CountFault) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachRow(
            """
            SELECT run_id, (SELECT uid FROM \(schema).run WHERE id = run_id) FROM \(schema).run_event
            GROUP BY run_id
            HAVING min(sequence) <> 0 OR max(sequence) <> count(*) - 1
                OR sum((kind = 'started') <> (sequence = 0)) > 0
                OR sum(kind IN ('finished', 'failed', 'interrupted')) > 1
                OR max(iif(kind IN ('finished', 'failed', 'interrupted'), sequence, -1)) NOT IN (-1, max(sequence))
            """
        ) { row throws(Failure) in
            try body(CountFault(table: "run", id: row.integer(0), uid: row.text(1), reason: .events))
        }
    }

    /// Tells of each snapshot that has not as many items as it says, or whose digest does not follow from them.
    ///
    /// - Parameters:
    ///   - schema: the name of an attached database to look at instead.
    ///   - ids: a query for the ids of the snapshots to look at; nil for all.
    ///   - body: takes the faults.
    func forEachSnapshotFault(
        in schema: String = "main", among ids: String? = nil, _ body: (CountFault) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachRow(
            """
            SELECT id, uid, item_count, digest FROM \(schema).snapshot
            WHERE id IN (\(ids ?? "SELECT id FROM \(schema).snapshot")) ORDER BY id
            """
        ) { row throws(Failure) in
            let (id, count) = (row.integer(0), row.integer(2))
            var digest = SnapshotDigest()
            try forEachRow(
                """
                SELECT image.uid, label, snapshot_item.split, weight, soft_target
                FROM \(schema).snapshot_item JOIN \(schema).image ON image.id = image_id
                WHERE snapshot_id = ? ORDER BY image.uid
                """, [.integer(id)]
            ) { digest.update($0) }
            let reason: CountFaultReason
            if digest.count != count {
                reason = .items(said: count, found: digest.count)
            } else if digest.digest.hex != row.text(3) {
                reason = .digest
            } else {
                return
            }
            try body(CountFault(table: "snapshot", id: id, uid: row.text(1), reason: reason))
        }
    }

    /// Tells of each export whose shards do not add up to its snapshot.
    ///
    /// - Parameters:
    ///   - schema: the name of an attached database to look at instead.
    ///   - body: takes the faults.
    func forEachExportFault(
        in schema: String = "main", _ body: (CountFault) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachRow(
            """
            SELECT export.id, export.uid FROM \(schema).export
            JOIN \(schema).snapshot ON snapshot.id = snapshot_id
            WHERE export.item_count <> snapshot.item_count OR export.item_count <> (
                SELECT coalesce(sum(export_shard.item_count), 0) FROM \(schema).export_shard
                WHERE export_id = export.id)
            """
        ) { row throws(Failure) in
            try body(CountFault(table: "export", id: row.integer(0), uid: row.text(1), reason: .shards))
        }
    }
}
