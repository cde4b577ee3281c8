import Catalogs
import Digests
import Foundation

/// A catalog with what no stage makes yet: a conditioning found from a real image and mixed with a text, an image made
/// of both, a snapshot with it, an export, a training on that and its model, which scores; names are hostile.
struct Pedigree {
    let shop: Workshop
    /// The uids of the rows that were added, by table.
    let uids: [String: String]

    static let name = "evil\u{1b}[2J\nname'); DROP TABLE image;--"

    init() throws {
        shop = try Workshop(copying: Prepared.embedded.get())
        let catalog = try Catalog.open(at: shop.catalog)
        var uids: [String: String] = [:]
        func add(_ table: String, _ columns: [String: SQLValue], as name: String? = nil) throws -> Int {
            let uid = UID(of: table, [("test", .string(name ?? table))])
            uids[name ?? table] = uid.hex
            return try catalog.append(table, uid, columns.merging(["run_id": 1]) { own, _ in own })
        }
        func values(_ sql: String) throws -> [SQLValue] {
            try catalog.rows(sql) { $0.values }.first ?? []
        }
        let text = try values(
            """
            SELECT id, model_id, payload_sha256, pack_id, tokens, width, caption_id FROM conditioning
            WHERE kind = 'text' ORDER BY id LIMIT 1
            """)
        let matrix = [
            "model_id": text[1], "payload_sha256": text[2], "pack_id": text[3], "tokens": text[4],
            "width": text[5],
            "truncated": 0,
        ]
        let inverted = try add(
            "conditioning",
            matrix.merging(["kind": "inverted", "image_id": 1, "parameters": #"{"steps":5,"loss":0.25}"#]) {
                $1
            },
            as: "inverted")
        let mixed = try add(
            "conditioning",
            matrix.merging(["kind": "interpolated", "parameters": #"{"interpolate":0.7}"#]) { $1 },
            as: "mixed")
        for (position, parent) in [SQLValue.integer(inverted), text[0]].enumerated() {
            try catalog.append(
                "conditioning_parent",
                [
                    "conditioning_id": .integer(mixed), "position": .integer(position), "parent_id": parent,
                    "weight": position == 0 ? 0.7 : 0.3,
                ])
        }
        let sampling = try add(
            "sampling",
            [
                "model_id": text[1], "engine": "native", "sampler": "ddim", "steps": 1, "guidance": 1.0,
                "eta": 0.0,
                "noise": "philox", "width": 32, "height": 32, "seed": 0,
            ])
        let generation = try add(
            "generation",
            ["sampling_id": .integer(sampling), "conditioning_id": .integer(mixed), "ordinal": 0, "seed": 7])
        let file = try values(
            "SELECT file_sha256, pixel_sha256, pack_id, byte_count, concept_id FROM image WHERE id = 1")
        let image = try add(
            "image",
            [
                "origin": "generated", "generation_id": .integer(generation), "caption_id": text[6],
                "format": "png",
                "width": 32, "height": 32, "file_sha256": file[0], "pixel_sha256": file[1],
                "pack_id": file[2],
                "byte_count": file[3], "concept_id": file[4],
            ])
        let variant = try add("variant", ["name": .text(Self.name), "sql": "SELECT 1 AS image_id"])
        let snapshot = try add(
            "snapshot",
            ["variant_id": .integer(variant), "revision": 0, "item_count": 1, "digest": file[0]])
        try catalog.append(
            "snapshot_item",
            ["snapshot_id": .integer(snapshot), "image_id": .integer(image), "split": "train", "weight": 1.0])
        _ = try add(
            "export",
            [
                "snapshot_id": .integer(snapshot), "directory": .text("/" + Self.name),
                "format": "webdataset",
                "options": "{}", "item_count": 1, "digest": file[0], "verdict": "verified",
            ])
        let model = try add(
            "model",
            ["family": "clip", "name": .text(Self.name), "configuration": "{}", "weights_sha256": file[1]])
        let training = try add("training", ["recipe": "{}", "seed": 3, "model_id": .integer(model)])
        try catalog.append(
            "training_snapshot",
            [
                "training_id": .integer(training), "position": 0, "snapshot_id": .integer(snapshot),
                "role": "train",
                "weight": 1.0,
            ])
        let measurement = try add(
            "measurement", ["measure": "odd", "model_id": .integer(model), "parameters": "{}"])
        _ = try add(
            "score", ["measurement_id": .integer(measurement), "image_id": 2, "value": 0.5])
        self.uids = uids
    }

    func uid(_ name: String) -> String { uids[name] ?? "" }
}
