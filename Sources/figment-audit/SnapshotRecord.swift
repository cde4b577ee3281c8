import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit
import Texts

/// A snapshot as the catalog has it, held against its own digest.
struct SnapshotRecord {
    let id: Int
    let uid: String
    let variant: (name: String, uid: String, sql: String)
    /// How far the catalog had grown when its query ran: the greatest id of `run_event`.
    let revision: Int
    let count: Int
    let digest: String
    let run: RunRecord
    /// The digest and the number of the members that are there now.
    let found: (digest: String, count: Int)
    private let parts: [(label: String?, split: String, count: Int)]
    private let exports: [JSONObject]
    private let trainings: [JSONObject]

    /// Whether its members are those that were frozen.
    var isIntact: Bool { found == (digest, count) }

    /// The snapshot that a word names: a variant's newest, or one by its uid or id.
    static func find(_ word: String, in catalog: Catalog) throws(Failure) -> SnapshotRecord {
        let newest = try catalog.rows(
            """
            SELECT snapshot.id FROM snapshot JOIN variant ON variant.id = variant_id WHERE variant.name = ?
            ORDER BY \(NewestFirst.order(of: "snapshot")) LIMIT 1
            """, [.text(word)]
        ) { $0.integer(0) }
        if let id = newest.first { return try SnapshotRecord(id, in: catalog) }
        do {
            return try SnapshotRecord(Subject.find(word, .snapshot, in: catalog).id, in: catalog)
        } catch  where error.kind == .missingResource {
            throw Failure(
                .missingResource, "there is no snapshot '\(word)'",
                hint: "Give a variant's name or a snapshot's uid; 'figment variant list' shows them.")
        }
    }

    private init(_ id: Int, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows(
            """
            SELECT snapshot.uid, variant.name, variant.uid, sql, revision, item_count, digest, snapshot.run_id
            FROM snapshot JOIN variant ON variant.id = variant_id WHERE snapshot.id = ?
            """, [.integer(id)]
        ) { $0.values.map(\.json) }
        guard let row = rows.first,
            let run = try RunRecord.read([row[7].integer ?? 0], in: catalog).first
        else {
            throw Failure(
                .catalog, "the snapshot \(id) has no run or no variant", hint: "Run 'figment check'.")
        }
        self.id = id
        uid = row[0].string ?? ""
        variant = (row[1].string ?? "", row[2].string ?? "", row[3].string ?? "")
        revision = row[4].integer ?? 0
        count = row[5].integer ?? 0
        digest = row[6].string ?? ""
        self.run = run
        found = try Self.members(id, catalog)
        parts = try catalog.rows(
            """
            SELECT label, split, count(*) FROM snapshot_item WHERE snapshot_id = ? GROUP BY label, split
            ORDER BY split, label
            """, [.integer(id)]
        ) { ($0.optionalText(0), $0.text(1), $0.integer(2)) }
        exports = try Self.objects(
            "SELECT format, directory, digest, uid FROM export WHERE snapshot_id = ? ORDER BY id", id, catalog
        )
        trainings = try Self.objects(
            """
            SELECT role, training_snapshot.weight, model.name AS model, training.uid FROM training_snapshot
            JOIN training ON training.id = training_id LEFT JOIN model ON model.id = model_id
            WHERE snapshot_id = ? ORDER BY training.id
            """, id, catalog)
    }

    private static func members(_ id: Int, _ catalog: Catalog) throws(Failure) -> (String, Int) {
        var digest = SnapshotDigest()
        var count = 0
        try catalog.forEachRow(
            """
            SELECT image.uid, label, snapshot_item.split, weight, soft_target FROM snapshot_item
            JOIN image ON image.id = image_id WHERE snapshot_id = ? ORDER BY image.uid
            """, [.integer(id)]
        ) { row in
            count += 1
            digest.update(
                uid: row.text(0), label: row.optionalText(1), split: row.text(2), weight: row.real(3),
                softTarget: row.optionalText(4))
        }
        return (digest.digest.hex, count)
    }

    private static func objects(
        _ sql: String, _ id: Int, _ catalog: Catalog
    ) throws(Failure) -> [JSONObject] {
        try catalog.rows(sql, [.integer(id)]) { row in
            JSONObject(zip(row.columns, row.values).map { (key: $0, value: $1.json) })
        }
    }

    var json: JSONValue {
        [
            "uid": .string(uid), "id": .integer(id), "variant": .string(variant.name),
            "variant_uid": .string(variant.uid), "sql": .string(variant.sql), "revision": .integer(revision),
            "item_count": .integer(count), "digest": .string(digest), "intact": .boolean(isIntact),
            "found": ["item_count": .integer(found.count), "digest": .string(found.digest)],
            "parts": .array(
                parts.map {
                    [
                        "split": .string($0.split), "label": $0.label.map { .string($0) } ?? .null,
                        "items": .integer($0.count),
                    ]
                }),
            "exports": .array(exports.map { .object($0) }),
            "trainings": .array(trainings.map { .object($0) }),
            "run": .object(run.json),
        ]
    }

    /// What it is, without its parts and uses.
    func writeHead(to text: inout AuditText) {
        text.title("snapshot of \(variant.name), \(count) images")
        text.value("uid", .string(uid))
        text.value("variant", .string(variant.uid))
        text.value("sql", .string(variant.sql))
        text.value("revision", .integer(revision))
        text.value("digest", .string(digest))
        text.value(
            "members",
            .string(
                isIntact
                    ? "as frozen: the digest was recomputed from them"
                    : "ALTERED: there are \(found.count), with the digest \(found.digest)"))
        text.value("frozen by", .string(run.line))
        text.value("on", .string("\(run.machine), run \(run.uid)"))
    }

    var text: TerminalText {
        var text = AuditText()
        writeHead(to: &text)
        text.title("images by split and label")
        for part in parts { text.value("\(part.split), \(part.label ?? "no label")", .integer(part.count)) }
        text.title("exports")
        if exports.isEmpty { text.line("none") }
        for export in exports {
            text.line("\(export["format"]?.string ?? "") in \(export["directory"]?.string ?? "")")
            text.value("digest", export["digest"] ?? .null, isDeep: true)
            text.value("uid", export["uid"] ?? .null, isDeep: true)
        }
        text.title("trainings")
        if trainings.isEmpty { text.line("none") }
        for training in trainings {
            text.line("\(training["role"]?.string ?? ""): \(training["model"]?.string ?? "no model yet")")
            text.value("uid", training["uid"] ?? .null, isDeep: true)
        }
        return text.text
    }
}
