import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// What differs between two snapshots, and why.
struct SnapshotDifference {
    /// An image that is not in both, or not the same in both.
    struct Item {
        let image: String
        let title: String
        /// Of each value that is another: its name, and what it was and is.
        let changes: [(name: String, before: JSONValue, after: JSONValue)]
        let reasons: [DifferenceReason]

        var json: JSONValue {
            var object = JSONObject([("image", .string(image))])
            if !changes.isEmpty {
                object["changes"] = .array(
                    changes.map { ["column": .string($0.name), "before": $0.before, "after": $0.after] })
            }
            object["reasons"] = .array(reasons.map(\.json))
            return .object(object)
        }
    }

    private let before: SnapshotRecord
    private let after: SnapshotRecord
    private let came: [Item]
    private let went: [Item]
    private let changed: [Item]
    private let sameCount: Int

    private var isQueryOther: Bool { before.variant.sql != after.variant.sql }

    init(from before: SnapshotRecord, to after: SnapshotRecord, in catalog: Catalog) throws(Failure) {
        self.before = before
        self.after = after
        let isQueryOther = before.variant.sql != after.variant.sql
        let horizons = (
            before: try Horizon(of: before, in: catalog), after: try Horizon(of: after, in: catalog)
        )

        /// Why an image differs; `absent` is the catalog when the snapshot was frozen that lacks it.
        func reasons(_ id: Int, _ run: (id: Int, uid: String), absent: Horizon?) throws(Failure)
            -> [DifferenceReason]
        {
            if let absent, try absent.isNew(id, in: "image", by: run.id) { return [.newer(run: run.uid)] }
            var reasons = DifferenceReason.between(
                decisions: (try horizons.before.decisions(on: id), try horizons.after.decisions(on: id)),
                scores: (try horizons.before.scores(of: id), try horizons.after.scores(of: id)))
            if isQueryOther { reasons.append(.query) }
            return reasons.isEmpty ? [.otherRows] : reasons
        }
        /// The images of one snapshot that another lacks.
        func missing(_ there: Int, from lacking: Int, absent: Horizon) throws(Failure) -> [Item] {
            try catalog.rows(
                """
                SELECT image.id, image.uid, \(Self.title), run.id, run.uid FROM snapshot_item
                JOIN image ON image.id = snapshot_item.image_id JOIN run ON run.id = image.run_id
                LEFT JOIN concept ON concept.id = image.concept_id
                WHERE snapshot_id = :there AND NOT EXISTS (
                    SELECT 1 FROM snapshot_item AS other
                    WHERE other.snapshot_id = :lacking AND other.image_id = snapshot_item.image_id)
                ORDER BY image.id
                """, [":there": .integer(there), ":lacking": .integer(lacking)]
            ) { row throws(Failure) in
                Item(
                    image: row.text(1), title: row.text(2), changes: [],
                    reasons: try reasons(row.integer(0), (row.integer(3), row.text(4)), absent: absent))
            }
        }
        came = try missing(after.id, from: before.id, absent: horizons.before)
        went = try missing(before.id, from: after.id, absent: horizons.after)
        let columns = ["label", "split", "weight", "soft_target"]
        changed = try catalog.rows(
            """
            SELECT image.id, image.uid, \(Self.title), run.id, run.uid,
                \(columns.map { "old.\($0), new.\($0)" }.joined(separator: ", "))
            FROM snapshot_item AS old
            JOIN snapshot_item AS new ON new.image_id = old.image_id AND new.snapshot_id = :after
            JOIN image ON image.id = old.image_id JOIN run ON run.id = image.run_id
            LEFT JOIN concept ON concept.id = image.concept_id
            WHERE old.snapshot_id = :before
                AND (\(columns.map { "old.\($0) IS NOT new.\($0)" }.joined(separator: " OR ")))
            ORDER BY image.id
            """, [":before": .integer(before.id), ":after": .integer(after.id)]
        ) { row throws(Failure) in
            let values = row.values.dropFirst(5).map(\.json)
            let changes = columns.indices.map { (columns[$0], values[2 * $0], values[2 * $0 + 1]) }
            return Item(
                image: row.text(1), title: row.text(2), changes: changes.filter { $0.1 != $0.2 },
                reasons: try reasons(row.integer(0), (row.integer(3), row.text(4)), absent: nil))
        }
        sameCount = after.found.count - came.count - changed.count
    }

    private static let title = "image.origin || ' image ' || image.id || coalesce(', ' || concept.name, '')"

    var json: JSONValue {
        [
            "before": before.json, "after": after.json, "same_query": .boolean(!isQueryOther),
            "counts": [
                "came": .integer(came.count), "went": .integer(went.count),
                "changed": .integer(changed.count),
                "same": .integer(sameCount),
            ],
            "came": .array(came.map(\.json)), "went": .array(went.map(\.json)),
            "changed": .array(changed.map(\.json)),
        ]
    }

    func text(limit: Int) -> TerminalText {
        var text = AuditText()
        before.writeHead(to: &text)
        after.writeHead(to: &text)
        text.title("difference")
        text.line(
            "\(came.count) images came, \(went.count) went, \(changed.count) changed, \(sameCount) are the same"
        )
        text.line(isQueryOther ? "the variants' queries differ" : "the query is the same")
        for (name, items) in [("came", came), ("went", went), ("changed", changed)] where !items.isEmpty {
            text.title("\(name): \(Self.tally(items))")
            for item in items.prefix(limit) {
                text.line("\(item.image)  \(item.title)")
                for change in item.changes {
                    text.value(
                        change.name,
                        .string(
                            "\(change.before.string ?? change.before.text) → \(change.after.string ?? change.after.text)"
                        ),
                        isDeep: true)
                }
                for reason in item.reasons { text.value("because", .string(reason.text), isDeep: true) }
            }
            if items.count > limit {
                text.line("… and \(items.count - limit) more: --limit shows more, --json all")
            }
        }
        return text.text
    }

    /// How many items have which first reason.
    private static func tally(_ items: [Item]) -> String {
        var counts: [String: Int] = [:]
        for item in items { counts[item.reasons.first?.kind ?? "", default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) by \($0.key)" }
            .joined(separator: ", ")
    }
}
