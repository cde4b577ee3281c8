extension Entity {
    /// Every table with a uid, referred-to tables first; `conditioning` and `image` refer to each other.
    public static let all = [
        run, refusal, pack, model, vocabulary, concept, templateSet, promptTemplate, background, relation,
        example,
        caption, conditioning, sampling, generation, image, embedding, measurement, score, filterRule,
        decision,
        variant, snapshot, export, training, metric, rederivation,
    ]

    // Who did what, and where large bytes lie

    private static let run = Entity(
        "run",
        [
            "program", "version", .json("options"), "seed", "host", "cpu", "threads", "sqlite_version",
            "started_at", "process", "nonce", "machine",
        ],
        parts: [Part(table: "run_event", parent: "run_id", key: ["sequence"])], proof: "nonce")
    private static let refusal = Entity("refusal", ["stage", "subject_kind", "subject", "reason"])
    private static let pack = Entity(
        "pack",
        [
            Field(
                name: "file",
                source: .expression("replace(coalesce(entity.made_as, entity.file), '.sqlite', '')"),
                unless: nil),
            .reference("run"),
        ],
        incidental: ["file", "made_as"], parts: [Part(table: "pack_seal", parent: "pack_id", key: [])])
    private static let model = Entity(
        "model", ["family", .json("configuration"), "weights_sha256"], incidental: ["name"],
        parts: [Part(table: "model_file", parent: "model_id", key: ["path"])])

    // The material of captions

    private static let vocabulary = Entity(
        "vocabulary",
        [
            "name",
            .list(
                "concepts", of: "concept", under: "vocabulary_id",
                [.value("key"), .value("name"), .value("weight")]),
        ])
    private static let concept = Entity("concept", [.reference("vocabulary"), "key"])
    private static let templateSet = Entity(
        "template_set",
        ["name", .list("texts", of: "prompt_template", under: "template_set_id", [.value("text")])])
    private static let promptTemplate = Entity("prompt_template", [.reference("template_set"), "position"])
    private static let background = Entity(
        "background", [.reference("vocabulary"), .reference("concept"), "text"])
    private static let relation = Entity("relation", [.reference("vocabulary"), "text"])
    private static let example = Entity(
        "example", ["template", "concept", "background", "relation", "caption"])
    private static let caption = Entity(
        "caption",
        [
            "strategy", "text", .reference("concept"), .reference("template", to: "prompt_template"),
            .reference("background"), .reference("relation"), .reference("model"), .json("sampling"), "seed",
            .list(
                "examples", of: "caption_example", under: "caption_id",
                [.reference(column: "example_id", table: "example")]),
        ],
        parts: [Part(table: "caption_example", parent: "caption_id", key: ["position"])])

    // Requests and images

    private static let conditioning = Entity(
        "conditioning",
        [
            "kind", .reference("caption"), .reference("image"), .reference("model"), .json("parameters"),
            "seed",
            .list(
                "parents", of: "conditioning_parent", under: "conditioning_id",
                [.reference(column: "parent_id", table: "conditioning"), .value("weight")]),
        ],
        incidental: ["pack_id"],
        parts: [Part(table: "conditioning_parent", parent: "conditioning_id", key: ["position"])])
    private static let sampling = Entity(
        "sampling",
        [
            .reference("model"), .reference("unconditional", to: "conditioning"), "engine", "sampler",
            "steps",
            "guidance", "eta", "strength", "noise", "width", "height", "seed", "precision",
        ])
    private static let generation = Entity(
        "generation",
        [
            .reference("sampling"), .reference("conditioning"), "ordinal",
            .reference("initial_image", to: "image"),
        ])
    private static let image = Entity(
        "image",
        [
            .reference("generation"), Field("file_sha256").unless("generation_id"),
            .reference("concept").unless("generation_id"), Field("split").unless("generation_id"),
        ],
        incidental: ["pack_id", "source"])

    // What was found out about images

    private static let embedding = Entity("embedding", [.reference("image"), .reference("model")])
    private static let measurement = Entity(
        "measurement",
        [
            "measure", .reference("model"), .reference("vocabulary"), .reference("template_set"),
            .json("parameters"),
        ])
    private static let score = Entity(
        "score", [.reference("measurement"), .reference("image"), .reference("caption")])
    private static let filterRule = Entity(
        "filter_rule", ["name", .json("definition"), .reference("replaces", to: "filter_rule")])
    private static let decision = Entity(
        "decision", [.reference("filter_rule"), .reference("image"), .reference("score")])

    // Datasets, and what was made of them

    private static let variant = Entity("variant", ["name", "sql", .reference("replaces", to: "variant")])
    private static let snapshot = Entity(
        "snapshot", [.reference("variant"), "digest"], incidental: ["revision"],
        parts: [Part(table: "snapshot_item", parent: "snapshot_id", key: ["image_id"])])
    private static let export = Entity(
        "export", [.reference("snapshot"), "directory", "format", .json("options"), "digest"],
        parts: [Part(table: "export_shard", parent: "export_id", key: ["name"])])
    private static let training = Entity(
        "training",
        [
            .json("recipe"), "seed",
            .list(
                "snapshots", of: "training_snapshot", under: "training_id",
                [
                    .reference(column: "snapshot_id", table: "snapshot"), .value("role"), .value("weight"),
                ]),
        ],
        parts: [Part(table: "training_snapshot", parent: "training_id", key: ["position"])])
    private static let metric = Entity(
        "metric",
        [
            .reference("training"), .reference("model"), .reference("snapshot"), "name", "epoch",
            .json("parameters"),
        ])
    private static let rederivation = Entity("rederivation", [.reference("image"), .reference("run")])
}
