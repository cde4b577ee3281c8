import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit

/// Appends as the import, the score stage and the filter stage do, each batch in a transaction of its own.
struct Appender {
    /// What the stages know of the images when they append.
    struct Material {
        let files: [Digest]
        let pixels: [Digest]
        let values: [Double]

        init(first: Int, count: Int) {
            func digests(_ kind: String) -> [Digest] {
                (first..<first + count).map { SHA256.digest(of: Array("\(kind) \($0)".utf8)) }
            }
            files = digests("file")
            pixels = digests("pixels")
            values = pixels.map { Double($0.bytes[0]) / 255 }
        }
    }

    private let session: Session
    private let concepts: [(id: Int, uid: String)]
    private let measurement: (id: Int, uid: String)
    private let rule: (id: Int, uid: String)
    private let pack: Int

    init(_ session: Session) throws(Failure) {
        self.session = session
        let catalog = session.catalog
        func entries(_ sql: String) throws(Failure) -> [(id: Int, uid: String)] {
            let found = try catalog.rows(sql, []) { (id: $0.integer(0), uid: $0.text(1)) }
            guard !found.isEmpty else {
                throw Failure(.badInput, "\(catalog.path) was not made by bench-catalog", hint: "Make one.")
            }
            return found
        }
        concepts = try entries("SELECT id, uid FROM concept ORDER BY id")
        measurement = try entries("SELECT id, uid FROM measurement ORDER BY id DESC LIMIT 1")[0]
        rule = try entries("SELECT id, uid FROM filter_rule ORDER BY id DESC LIMIT 1")[0]
        pack = try entries("SELECT id, uid FROM pack LIMIT 1")[0].id
    }

    func append(_ material: Material, batch: Int) throws(Failure) {
        for start in stride(from: 0, to: material.files.count, by: batch) {
            let numbers = start..<min(start + batch, material.files.count)
            let images = try inTransaction(numbers) { number, run throws(Failure) in
                try image(number, material, run)
            }
            let scores = try inTransaction(numbers) { number, run throws(Failure) in
                try score(images[number - start], material.values[number], run)
            }
            _ = try inTransaction(numbers) { number, run throws(Failure) in
                try decide(
                    on: images[number - start], scores[number - start], material.values[number], run)
            }
        }
    }

    private func inTransaction(
        _ numbers: Range<Int>,
        _ append: (Int, Run) throws(Failure) -> (id: Int, uid: String)
    ) throws(Failure) -> [(id: Int, uid: String)] {
        let rows = try session.write { run throws(Failure) in
            try numbers.map { number throws(Failure) in try append(number, run) }
        }
        try session.note(.batch, appended: numbers.count)
        return rows
    }

    private func image(
        _ number: Int, _ material: Material, _ run: Run
    ) throws(Failure) -> (id: Int, uid: String) {
        let concept = concepts[number % concepts.count]
        let file = material.files[number].hex
        let uid = UID(
            of: "image",
            [("concept", .string(concept.uid)), ("file_sha256", .string(file)), ("split", "train")])
        let id = try session.catalog.append(
            "image", uid,
            [
                "origin": "real", "concept_id": .integer(concept.id), "split": "train", "format": "png",
                "width": 32, "height": 32, "byte_count": 3_000, "file_sha256": .text(file),
                "pixel_sha256": .text(material.pixels[number].hex), "pack_id": .integer(pack),
                "run_id": .integer(run.id),
            ])
        return (id, uid.hex)
    }

    private func score(
        _ image: (id: Int, uid: String), _ value: Double, _ run: Run
    ) throws(Failure) -> (id: Int, uid: String) {
        let uid = UID(
            of: "score", [("image", .string(image.uid)), ("measurement", .string(measurement.uid))])
        let id = try session.catalog.append(
            "score", uid,
            [
                "measurement_id": .integer(measurement.id), "image_id": .integer(image.id),
                "value": .real(value), "concept_id": .integer(concepts[0].id), "run_id": .integer(run.id),
            ])
        return (id, uid.hex)
    }

    private func decide(
        on image: (id: Int, uid: String), _ score: (id: Int, uid: String), _ value: Double, _ run: Run
    ) throws(Failure) -> (id: Int, uid: String) {
        let uid = UID(
            of: "decision",
            [
                ("filter_rule", .string(rule.uid)), ("image", .string(image.uid)),
                ("score", .string(score.uid)),
            ])
        // Chance, as the rule has it.
        let threshold = 1 / Double(concepts.count)
        let isKept = value > threshold
        let id = try session.catalog.append(
            "decision", uid,
            [
                "filter_rule_id": .integer(rule.id), "image_id": .integer(image.id),
                "score_id": .integer(score.id), "verdict": isKept ? "kept" : "rejected",
                "value": .real(value), "threshold": .real(threshold),
                "reason": .text("clip-confidence \(value) is \(isKept ? "" : "not ")above \(threshold)"),
                "run_id": .integer(run.id),
            ])
        return (id, uid.hex)
    }
}
