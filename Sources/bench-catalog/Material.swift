import Catalogs
import Checkpoints
import Diagnostics
import Digests
import JSONValues
import StageKit
import StarterModels

/// What all images have in common: classes, templates, models, settings, the measure and the rule.
struct Material {
    let concepts: [CatalogWriter.Entry]
    let templates: [CatalogWriter.Entry]
    let texts: [String]
    let diffusion: Definition
    let sampling: CatalogWriter.Entry
    let measurement: CatalogWriter.Entry
    let rule: CatalogWriter.Entry

    /// What images' own seeds are derived from.
    static let samplingSeed = 0

    static func conceptName(_ number: Int) -> String { "animal \(padded(number, 4))" }

    init(_ session: Session, _ plan: Plan, _ payloads: Payloads) throws(Failure) {
        let diffusion = try Self.model("diffusion", session)
        let clip = try Self.model("clip", session)
        let texts = (0..<plan.templates).map { "picture \(padded($0, 4)) of a {} in the wild" }
        self.texts = texts
        self.diffusion = diffusion
        var concepts: [CatalogWriter.Entry] = []
        var templates: [CatalogWriter.Entry] = []
        (sampling, measurement, rule) = try session.write { run throws(Failure) in
            let adder = Adder(catalog: session.catalog, run: run)
            let vocabulary = try adder.vocabulary(&concepts)
            _ = try adder.templateSet("captions", texts, &templates)
            var single: [CatalogWriter.Entry] = []
            let set = try adder.templateSet("scoring", ["a photo of a {}"], &single)
            let sampling = try adder.sampling(diffusion, payloads)
            let measurement = try adder.measurement(clip, vocabulary, set)
            return (sampling, measurement, try adder.rule(measurement))
        }
        self.concepts = concepts
        self.templates = templates
    }

    private static func model(_ name: String, _ session: Session) throws(Failure) -> Definition {
        let folder = try StarterModels.directory(of: "starter:\(name)")
        let family = name == ModelFamily.clip.name ? ModelFamily.clip : ModelFamily.diffusion
        let files = try ModelFolder(folder, files: family.files(in: folder), family: family.name)
        return try session.define(files, named: "starter:\(name)")
    }
}

/// Appends the rows of the material.
private struct Adder {
    let catalog: Catalog
    let run: Run

    func add(
        _ table: String, _ identity: [(String, JSONValue)], _ columns: [String: SQLValue]
    ) throws(Failure) -> CatalogWriter.Entry {
        let uid = UID(of: table, identity)
        let values = columns.merging(["run_id": .integer(run.id)]) { $1 }
        return CatalogWriter.Entry(id: try catalog.append(table, uid, values), uid: uid)
    }

    func vocabulary(_ concepts: inout [CatalogWriter.Entry]) throws(Failure) -> CatalogWriter.Entry {
        let names = (0..<Plan.concepts).map { (key: "c\(padded($0, 4))", name: Material.conceptName($0)) }
        let members = names.map { JSONValue.array([.string($0.key), .string($0.name), 1.0]) }
        let list = try add(
            "vocabulary", [("concepts", .array(members)), ("name", "animals")], ["name": "animals"])
        for (position, concept) in names.enumerated() {
            concepts.append(
                try add(
                    "concept", [("key", .string(concept.key)), ("vocabulary", .string(list.uid.hex))],
                    [
                        "vocabulary_id": .integer(list.id), "position": .integer(position),
                        "key": .text(concept.key), "name": .text(concept.name), "weight": 1.0,
                    ]))
        }
        return list
    }

    func templateSet(
        _ name: String, _ texts: [String], _ templates: inout [CatalogWriter.Entry]
    ) throws(Failure) -> CatalogWriter.Entry {
        let set = try add(
            "template_set", [("name", .string(name)), ("texts", .array(texts.map(JSONValue.string)))],
            ["name": .text(name)])
        for (position, text) in texts.enumerated() {
            templates.append(
                try add(
                    "prompt_template",
                    [("position", .integer(position)), ("template_set", .string(set.uid.hex))],
                    [
                        "template_set_id": .integer(set.id), "position": .integer(position),
                        "text": .text(text),
                    ]))
        }
        return set
    }

    /// The default settings of `figment generate --model starter:diffusion`, and the empty prompt that they need.
    func sampling(_ model: Definition, _ payloads: Payloads) throws(Failure) -> CatalogWriter.Entry {
        let empty = try add(
            "conditioning", [("kind", "unconditional"), ("model", .string(model.uid.hex))],
            [
                "kind": "unconditional", "model_id": model.reference,
                "tokens": .integer(Payloads.tokens), "width": .integer(Payloads.width),
                "used_tokens": 2, "truncated": 0,
                "payload_sha256": .text(payloads.conditioning.digest.hex),
                "pack_id": .integer(payloads.conditioning.packID),
            ])
        let side = Payloads.side
        return try add(
            "sampling",
            [
                ("engine", "native"), ("eta", 0.0), ("guidance", 2.5), ("height", .integer(side)),
                ("model", .string(model.uid.hex)), ("noise", "philox"), ("sampler", "ddim"),
                ("seed", .integer(Material.samplingSeed)),
                ("steps", 50), ("unconditional", .string(empty.uid.hex)), ("width", .integer(side)),
            ],
            [
                "engine": "native", "eta": 0.0, "guidance": 2.5, "height": .integer(side),
                "model_id": model.reference, "noise": "philox", "sampler": "ddim",
                "seed": .integer(Material.samplingSeed), "steps": 50,
                "unconditional_id": .integer(empty.id), "width": .integer(side),
            ])
    }

    func measurement(
        _ model: Definition, _ vocabulary: CatalogWriter.Entry, _ set: CatalogWriter.Entry
    ) throws(Failure) -> CatalogWriter.Entry {
        try add(
            "measurement",
            [
                ("measure", "clip-confidence"), ("model", .string(model.uid.hex)), ("parameters", [:]),
                ("template_set", .string(set.uid.hex)), ("vocabulary", .string(vocabulary.uid.hex)),
            ],
            [
                "measure": "clip-confidence", "model_id": model.reference, "parameters": "{}",
                "template_set_id": .integer(set.id), "vocabulary_id": .integer(vocabulary.id),
            ])
    }

    /// What `figment filter --rule-named clip-confidence` defines.
    func rule(_ measurement: CatalogWriter.Entry) throws(Failure) -> CatalogWriter.Entry {
        let definition: JSONValue = [
            "measurement": .string(measurement.uid.hex),
            "rule": [
                "keep": "above", "measure": "clip-confidence", "name": "clip-confidence", "threshold": "1/K",
            ],
        ]
        return try add(
            "filter_rule", [("definition", definition), ("name", "clip-confidence")],
            ["name": "clip-confidence", "definition": .text(definition.canonicalText)])
    }
}

/// A number with zeros before it.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
