import Catalogs
import Diagnostics
import Digests
import JSONValues
import SQLite
import TestSupport
import Testing

/// A catalog of a test's own, with a run to append under.
final class Workspace {
    let folder: TemporaryFolder
    let path: String
    let catalog: Catalog
    let run: Run

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("animals.sqlite")
        try Catalog.create(at: path, version: "test")
        catalog = try Catalog.open(at: path)
        run = try Run.begin(
            in: catalog, program: "figment-trial", version: "test", options: ["seed": 7], seed: 7, threads: 2)
    }

    /// Appends a vocabulary; the same name is the same row.
    @discardableResult
    func vocabulary(_ name: String) throws(Failure) -> Int {
        try catalog.append(
            "vocabulary", UID(of: "vocabulary", [("name", .string(name))]),
            ["name": .text(name), "run_id": .integer(run.id)])
    }

    /// Appends a real image of a payload; its uid follows from the payload.
    @discardableResult
    func image(_ payload: StoredPayload) throws(Failure) -> Int {
        try Self.image(payload, run, in: catalog)
    }

    /// Appends a real image of a payload; its uid follows from the payload.
    @discardableResult
    static func image(_ payload: StoredPayload, _ run: Run, in catalog: Catalog) throws(Failure) -> Int {
        try catalog.append(
            "image", UID(of: "image", [("file_sha256", .string(payload.digest.hex))]),
            [
                "origin": "real", "format": "png", "width": 32, "height": 32,
                "byte_count": .integer(payload.byteCount), "file_sha256": .text(payload.digest.hex),
                "pixel_sha256": .text(payload.digest.hex), "pack_id": .integer(payload.packID),
                "run_id": .integer(run.id),
            ])
    }

    /// Puts one payload and appends its image; gives the digest.
    @discardableResult
    func image(of bytes: [UInt8]) throws -> Digest {
        let writer = catalog.payloadWriter(run: run)
        let stored = try #require(try writer.put([bytes]).first)
        try writer.close()
        try image(stored)
        return stored.digest
    }

    /// Appends a vocabulary of two concepts and a caption of the second one that was sampled with a seed.
    func caption(_ words: String = "a \"cat\"\n") throws(Failure) {
        let list = UID(
            of: "vocabulary",
            [("name", "animals"), ("concepts", [["dog", "Dog", 1.0], ["cat", "Cat", 0.5]])])
        let vocabulary = try catalog.append(
            "vocabulary", list, ["name": "animals", "run_id": .integer(run.id)])
        for (position, key) in ["dog", "cat"].enumerated() {
            let concept = UID(of: "concept", [("vocabulary", .string(list.hex)), ("key", .string(key))])
            let id = try catalog.append(
                "concept", concept,
                [
                    "vocabulary_id": .integer(vocabulary), "position": .integer(position), "key": .text(key),
                    "name": .text(key == "dog" ? "Dog" : "Cat"), "weight": .real(position == 0 ? 1 : 0.5),
                    "run_id": .integer(run.id),
                ])
            guard key == "cat" else { continue }
            let caption = UID(
                of: "caption",
                [
                    ("strategy", "enhance"), ("text", .string(words)), ("concept", .string(concept.hex)),
                    ("sampling", ["top_p": 0.9, "max_tokens": 7]), ("seed", -3),
                ])
            try catalog.append(
                "caption", caption,
                [
                    "strategy": "enhance", "text": .text(words), "concept_id": .integer(id), "seed": -3,
                    "sampling": #"{"top_p": 0.9, "max_tokens": 7}"#, "status": "accepted",
                    "run_id": .integer(run.id),
                ])
        }
    }

    /// Appends an image that was generated, and all that it was generated from; its conditioning is one number.
    func generated(_ bytes: [UInt8]) throws {
        let writer = catalog.payloadWriter(run: run)
        let stored = try writer.put([[0, 0, 0, 0], bytes])
        try writer.close()
        let zeros = String(repeating: "0", count: 64)
        let noFiles = SHA256.digest(of: []).hex
        func add(
            _ table: String, _ identity: [(String, JSONValue)], _ columns: [String: SQLValue]
        ) throws -> (id: Int, uid: JSONValue) {
            let uid = UID(of: table, identity)
            let run = SQLValue.integer(run.id)
            return (
                try catalog.append(table, uid, columns.merging(["run_id": run]) { $1 }), .string(uid.hex)
            )
        }
        let model = try add(
            "model", [("configuration", [:]), ("family", "diffusion"), ("weights_sha256", .string(noFiles))],
            ["configuration": "{}", "family": "diffusion", "name": "trial", "weights_sha256": .text(noFiles)])
        let conditioning = try add(
            "conditioning", [("kind", "mean"), ("model", model.uid)],
            [
                "kind": "mean", "model_id": .integer(model.id), "tokens": 1, "width": 1, "truncated": 0,
                "payload_sha256": .text(stored[0].digest.hex), "pack_id": .integer(stored[0].packID),
            ])
        let sampling = try add(
            "sampling",
            [
                ("engine", "native"), ("eta", .real(0)), ("guidance", .real(1)), ("height", 32),
                ("model", model.uid), ("noise", "philox"), ("sampler", "ddim"), ("seed", 0), ("steps", 1),
                ("width", 32),
            ],
            [
                "engine": "native", "eta": .real(0), "guidance": .real(1), "height": 32,
                "model_id": .integer(model.id), "noise": "philox", "sampler": "ddim", "seed": 0, "steps": 1,
                "width": 32,
            ])
        let generation = try add(
            "generation",
            [("conditioning", conditioning.uid), ("ordinal", 0), ("sampling", sampling.uid)],
            [
                "conditioning_id": .integer(conditioning.id), "ordinal": 0,
                "sampling_id": .integer(sampling.id),
                "seed": .integer(GenerationSeed.seed(of: conditioning.uid.string ?? "", 0, base: 0)),
            ])
        _ = try add(
            "image", [("generation", generation.uid)],
            [
                "origin": "generated", "generation_id": .integer(generation.id), "format": "png", "width": 32,
                "height": 32, "byte_count": .integer(bytes.count), "file_sha256": .text(stored[1].digest.hex),
                "pixel_sha256": .text(zeros), "pack_id": .integer(stored[1].packID),
            ])
    }

    /// Appends a snapshot of the first image, its variant, and an export of it in one shard.
    func snapshot() throws(Failure) {
        let variant = UID(of: "variant", [("name", "all"), ("sql", "SELECT 1")])
        let variantID = try catalog.append(
            "variant", variant, ["name": "all", "sql": "SELECT 1", "run_id": .integer(run.id)])
        let images = try catalog.rows("SELECT uid FROM image WHERE id = 1") { $0.text(0) }
        var members = SnapshotDigest()
        for uid in images {
            members.update(uid: uid, label: nil, split: "train", weight: 0.5, softTarget: "[1]")
        }
        let digest = members.digest.hex
        let uid = UID(of: "snapshot", [("variant", .string(variant.hex)), ("digest", .string(digest))])
        let id = try catalog.append(
            "snapshot", uid,
            [
                "variant_id": .integer(variantID), "revision": 1, "item_count": 1, "digest": .text(digest),
                "run_id": .integer(run.id),
            ])
        try catalog.execute(
            "INSERT INTO snapshot_item VALUES (?, 1, NULL, 'train', 0.5, '[1]')", [.integer(id)])
        let fields: [(String, JSONValue)] = [
            ("snapshot", .string(uid.hex)), ("directory", "/x"), ("format", "imagefolder"),
            ("options", [:]), ("digest", .string(digest)),
        ]
        let export = try catalog.append(
            "export", UID(of: "export", fields),
            [
                "snapshot_id": .integer(id), "directory": "/x", "format": "imagefolder", "options": "{}",
                "digest": .text(digest), "item_count": 1, "verdict": "verified", "run_id": .integer(run.id),
            ])
        try catalog.execute(
            "INSERT INTO export_shard VALUES (?, 'train', 'train', 1, 9, ?)",
            [.integer(export), .text(digest)])
        try run.append(.batch, appended: 1, to: catalog)
        try run.append(.finished, appended: 1, to: catalog)
    }

    /// Changes rows as somebody with another program can, who takes the triggers away for a while.
    func change(_ table: String, _ sql: String) throws {
        let database = try Connection(path, .readWrite)
        let triggers = try database.schemaEntries().filter {
            $0.type == "trigger" && $0.name.hasPrefix("\(table)_refuses")
        }
        try database.runScript("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        for trigger in triggers { try database.runScript("DROP TRIGGER \(trigger.name)") }
        try database.runScript(sql)
        for trigger in triggers { try database.runScript(trigger.sql) }
    }

    /// Changes a database file behind the catalog's back.
    func tamper(_ path: String, _ sql: String) throws {
        try Connection(path, .readWrite).runScript(sql)
    }
}

/// The failure that `body` ends in; an issue where it ends well.
func failure(_ body: () throws -> Void) -> Failure? {
    #expect(throws: Failure.self) { try body() }
}
