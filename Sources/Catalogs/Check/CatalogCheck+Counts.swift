import Diagnostics
import SQLite

extension CatalogCheck {
    /// The events of a run are numbered from 0 without a gap, begin with its start, and go on after no end.
    mutating func lookAtEvents() throws(Failure) {
        let runs = try catalog.rows(
            """
            SELECT run_id FROM run_event GROUP BY run_id
            HAVING min(sequence) <> 0 OR max(sequence) <> count(*) - 1
                OR sum((kind = 'started') <> (sequence = 0)) > 0
                OR sum(kind IN ('finished', 'failed', 'interrupted')) > 1
                OR max(iif(kind IN ('finished', 'failed', 'interrupted'), sequence, -1)) NOT IN (-1, max(sequence))
            """
        ) { $0.integer(0) }
        for run in runs {
            add(.count, "table run_event: the events of run \(run) are not all there, in order")
        }
    }

    /// Every snapshot has as many items as it says, and its digest follows from them.
    mutating func lookAtSnapshots() throws(Failure) {
        let snapshots = try catalog.rows("SELECT id, item_count, digest FROM snapshot ORDER BY id") {
            (id: $0.integer(0), count: $0.integer(1), digest: $0.text(2))
        }
        for snapshot in snapshots {
            var digest = SnapshotDigest()
            try catalog.forEachRow(
                """
                SELECT image.uid, label, snapshot_item.split, weight, soft_target
                FROM snapshot_item JOIN image ON image.id = image_id WHERE snapshot_id = ? ORDER BY image.uid
                """, [.integer(snapshot.id)]
            ) { digest.update($0) }
            if digest.count != snapshot.count {
                add(
                    .count,
                    "table snapshot, row \(snapshot.id): it says \(snapshot.count) items, and \(digest.count) are there"
                )
            } else if digest.digest.hex != snapshot.digest {
                add(.snapshot, "table snapshot, row \(snapshot.id): its items are not those of its digest")
            }
        }
        let exports = try catalog.rows(
            """
            SELECT export.id FROM export JOIN snapshot ON snapshot.id = snapshot_id
            WHERE export.item_count <> snapshot.item_count OR export.item_count <> (
                SELECT coalesce(sum(export_shard.item_count), 0) FROM export_shard WHERE export_id = export.id)
            """
        ) { $0.integer(0) }
        for export in exports {
            add(.count, "table export, row \(export): its shards do not add up to its snapshot")
        }
    }
}
