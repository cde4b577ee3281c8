import Catalogs
import Diagnostics
import Digests
import ExportFormats

/// The images of a snapshot in the order in which they are exported, and the classes of their labels.
struct SnapshotMembers {
    let plan: ExportPlan
    /// The classes' places by the label that items carry.
    private let labels: [String: Int]
    private let hasSoftTargets: Bool
    private let snapshot: Int
    private let images: [Int]

    var count: Int { images.count }

    /// Reads which images there are; `seed` decides the order.
    init(of frozen: FrozenSnapshot, seed: Int, in catalog: Catalog) throws(Failure) {
        let splits = try catalog.rows(
            "SELECT split, count(*) FROM snapshot_item WHERE snapshot_id = ? GROUP BY split ORDER BY split",
            [.integer(frozen.id)]
        ) { ExportSplitPlan($0.text(0), itemCount: $0.integer(1)) }
        let classes = try Self.classes(of: frozen, in: catalog)
        labels = Dictionary(
            classes.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        let softTargets = try catalog.integer(
            "SELECT EXISTS (SELECT 1 FROM snapshot_item WHERE snapshot_id = ? AND soft_target IS NOT NULL)",
            [.integer(frozen.id)])
        hasSoftTargets = softTargets != 0
        // A text that holds a JSON list of numbers, empty where an item has none: readers disagree on nulls.
        let softTarget = hasSoftTargets ? [ExportField("soft_target", .string)] : []
        plan = try ExportPlan(
            title: frozen.variant, snapshot: frozen.digest, splits: splits, classes: classes,
            fields: [ExportField("origin", .string)] + softTarget)
        snapshot = frozen.id
        images = try Self.shuffled(frozen, seed, catalog)
    }

    /// The images' ids, in the order of a digest over seed and uid: the same on every machine.
    private static func shuffled(
        _ frozen: FrozenSnapshot, _ seed: Int, _ catalog: Catalog
    ) throws(Failure) -> [Int] {
        var order: [(key: UID, image: Int)] = []
        try catalog.forEachRow(
            """
            SELECT image.id, image.uid FROM snapshot_item JOIN image ON image.id = snapshot_item.image_id
            WHERE snapshot_id = :snapshot
            """, [":snapshot": .integer(frozen.id)]
        ) { row in
            let key = UID(of: "order", [("image", .string(row.text(1))), ("seed", .integer(seed))])
            order.append((key, row.integer(0)))
        }
        let count = try catalog.integer(
            "SELECT count(*) FROM snapshot_item WHERE snapshot_id = ?", [.integer(frozen.id)])
        guard order.count == count else {
            throw Failure(
                .catalog,
                "the snapshot \(frozen.digest) has \(count) images, and \(count - order.count) are missing",
                hint: "Run 'figment check'.")
        }
        order.sort { $0.key < $1.key }
        return order.map(\.image)
    }

    /// The classes that labels are places among.
    ///
    /// The vocabulary's concepts, where every label is a key of the one vocabulary that the images have; else the
    /// labels in the order of their text. Images without a label get a class of their own, the last.
    private static func classes(
        of frozen: FrozenSnapshot, in catalog: Catalog
    ) throws(Failure) -> [ExportClass] {
        let used = try catalog.rows(
            "SELECT DISTINCT label FROM snapshot_item WHERE snapshot_id = ? ORDER BY label",
            [.integer(frozen.id)]
        ) { $0.optionalText(0) }
        let concepts = try catalog.rows(
            """
            SELECT key, name FROM concept WHERE vocabulary_id IN (
                SELECT DISTINCT vocabulary_id FROM snapshot_item JOIN image ON image.id = image_id
                JOIN concept ON concept.id = image.concept_id WHERE snapshot_id = ?)
            ORDER BY vocabulary_id, position
            """, [.integer(frozen.id)]
        ) { ExportClass(name: $0.text(1), key: $0.text(0)) }
        let keys = Set(concepts.map(\.key))
        let named = used.compactMap { $0 }
        let isOneVocabulary = keys.count == concepts.count && keys.isSuperset(of: named)
        var classes = isOneVocabulary ? concepts : named.map { ExportClass(name: $0, key: $0) }
        if used.count > named.count { classes.append(ExportClass(name: "unlabelled", key: "")) }
        return classes
    }

    /// The items one by one, each with its bytes.
    func source(in catalog: Catalog) -> Source {
        Source(members: self, catalog: catalog)
    }

    struct Source {
        let members: SnapshotMembers
        let catalog: Catalog
        var position = 0

        mutating func next() throws(Failure) -> ExportItem? {
            guard position < members.images.count else { return nil }
            defer { position += 1 }
            let items = try catalog.rows(
                """
                SELECT image.uid, snapshot_item.split, label, coalesce(caption.text, concept.name, ''),
                    snapshot_item.weight,
                    width, height, format, file_sha256, pack_id, origin, soft_target
                FROM snapshot_item JOIN image ON image.id = snapshot_item.image_id
                LEFT JOIN caption ON caption.id = image.caption_id
                LEFT JOIN concept ON concept.id = image.concept_id
                WHERE snapshot_id = ? AND image.id = ?
                """, [.integer(members.snapshot), .integer(members.images[position])]
            ) { row throws(Failure) in
                guard let uid = UID(hex: row.text(0)), let digest = Digest(hex: row.text(8)),
                    let format = ExportImageFormat(rawValue: row.text(7) == "jpeg" ? "jpg" : row.text(7))
                else {
                    throw Failure(
                        .catalog, "image \(row.text(0)) has a damaged uid, digest or format",
                        hint: "Run 'figment check'.")
                }
                let label = row.optionalText(2)
                guard let place = members.labels[label ?? ""] else {
                    throw Failure(
                        .catalog, "the label '\(label ?? "")' of image \(uid) is in no class list",
                        hint: "Run 'figment check'.")
                }
                return ExportItem(
                    uid: uid, split: row.text(1), label: place, caption: row.text(3), weight: row.real(4),
                    width: row.integer(5), height: row.integer(6), format: format, sha256: digest,
                    bytes: try catalog.payload(digest.hex, in: row.integer(9)),
                    values: [.string(row.text(10))]
                        + (members.hasSoftTargets ? [.string(row.optionalText(11) ?? "")] : []))
            }
            guard let item = items.first else {
                throw Failure(
                    .catalog, "table image, row \(members.images[position]): it is missing",
                    hint: "Run 'figment check'.")
            }
            return item
        }
    }
}
