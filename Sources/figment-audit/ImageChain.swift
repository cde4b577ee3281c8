import Catalogs
import Diagnostics
import JSONValues

/// Everything that one image rests on, and everything that rests on it, as sections of named values.
///
/// Each section is a query whose rows become objects: the same columns serve the text and the JSON.
struct ImageChain {
    struct Section {
        let title: String
        let rows: [JSONObject]
    }

    let sections: [Section]

    init(of image: Int, in catalog: Catalog) throws(Failure) {
        var sections: [Section] = []
        for query in Self.queries {
            let rows = try Self.objects(query.sql, image, catalog)
            if !rows.isEmpty { sections.append(Section(title: query.title, rows: rows)) }
        }
        self.sections = sections
    }

    /// The rows of a query over `:image`, each column a member.
    private static func objects(
        _ sql: String, _ image: Int, _ catalog: Catalog
    ) throws(Failure) -> [JSONObject] {
        try catalog.rows(sql, [":image": .integer(image)]) { row in
            JSONObject(zip(row.columns, row.values).map { (key: $0, value: $1.json) })
        }
    }

    var json: JSONValue {
        .object(
            JSONObject(
                sections.map { section in
                    let isOne = Self.queries.first { $0.title == section.title }?.isOne ?? false
                    let rows = section.rows.map { JSONValue.object($0) }
                    return (section.title, isOne ? rows[0] : .array(rows))
                }))
    }

    private static let queries: [(title: String, isOne: Bool, sql: String)] = [
        (
            "image", true,
            """
            SELECT image.uid, image.id, origin, format, width, height, byte_count AS bytes, file_sha256, pixel_sha256,
                split, source, attributes, pack.file AS pack, run.program, run.version, run.uid AS run,
                run.started_at AS recorded
            FROM image JOIN pack ON pack.id = image.pack_id JOIN run ON run.id = image.run_id
            WHERE image.id = :image
            """
        ),
        (
            "concept", true,
            """
            SELECT concept.name, concept.key, vocabulary.name AS vocabulary, concept.weight, concept.uid
            FROM image JOIN concept ON concept.id = image.concept_id
            JOIN vocabulary ON vocabulary.id = concept.vocabulary_id WHERE image.id = :image
            """
        ),
        (
            "caption", true,
            """
            SELECT caption.text, strategy, prompt_template.text AS template, template_set.name AS template_set,
                background.text AS background, relation.text AS relation, model.name AS language_model, sampling,
                caption.seed, completion, caption.uid, run.uid AS run
            FROM image JOIN caption ON caption.id = image.caption_id JOIN run ON run.id = caption.run_id
            LEFT JOIN prompt_template ON prompt_template.id = caption.template_id
            LEFT JOIN template_set ON template_set.id = prompt_template.template_set_id
            LEFT JOIN background ON background.id = caption.background_id
            LEFT JOIN relation ON relation.id = caption.relation_id
            LEFT JOIN model ON model.id = caption.model_id WHERE image.id = :image
            """
        ),
        (
            "examples", false,
            """
            SELECT example.caption, example.concept, example.background, example.relation, example.uid
            FROM image JOIN caption_example ON caption_example.caption_id = image.caption_id
            JOIN example ON example.id = caption_example.example_id WHERE image.id = :image
            ORDER BY caption_example.position
            """
        ),
        (
            "conditionings", false,
            """
            WITH RECURSIVE ancestor(id, depth) AS (
                SELECT generation.conditioning_id, 0 FROM image
                JOIN generation ON generation.id = image.generation_id WHERE image.id = :image
                UNION
                SELECT parent_id, depth + 1 FROM ancestor
                JOIN conditioning_parent ON conditioning_parent.conditioning_id = ancestor.id WHERE depth < 64)
            SELECT kind, depth, tokens || ' × ' || conditioning.width AS shape, used_tokens, truncated, parameters,
                conditioning.seed, source_image.uid AS real_image, payload_sha256, model.name AS model,
                model.weights_sha256, conditioning.uid, run.uid AS run
            FROM ancestor JOIN conditioning ON conditioning.id = ancestor.id
            JOIN model ON model.id = conditioning.model_id JOIN run ON run.id = conditioning.run_id
            LEFT JOIN image AS source_image ON source_image.id = conditioning.image_id
            ORDER BY depth, conditioning.id
            """
        ),
        (
            "generation", true,
            """
            SELECT generation.seed, generation.ordinal, sampler, steps, guidance, eta, strength,
                initial_image.uid AS initial_image, noise, sampling.width, sampling.height, engine,
                unconditional.kind AS unconditional, sampling.seed AS base_seed, generation.uid,
                sampling.uid AS sampling, run.uid AS run, run.host, run.cpu, run.threads, run.version
            FROM image JOIN generation ON generation.id = image.generation_id
            JOIN sampling ON sampling.id = generation.sampling_id JOIN run ON run.id = generation.run_id
            LEFT JOIN conditioning AS unconditional ON unconditional.id = sampling.unconditional_id
            LEFT JOIN image AS initial_image ON initial_image.id = generation.initial_image_id
            WHERE image.id = :image
            """
        ),
        (
            "model", true,
            """
            SELECT model.name, family, weights_sha256, model.uid
            FROM image JOIN generation ON generation.id = image.generation_id
            JOIN sampling ON sampling.id = generation.sampling_id JOIN model ON model.id = sampling.model_id
            WHERE image.id = :image
            """
        ),
        (
            "model files", false,
            """
            SELECT model_file.path, model_file.byte_count AS bytes, model_file.sha256
            FROM image JOIN generation ON generation.id = image.generation_id
            JOIN sampling ON sampling.id = generation.sampling_id
            JOIN model_file ON model_file.model_id = sampling.model_id
            WHERE image.id = :image ORDER BY model_file.path
            """
        ),
        (
            "scores", false,
            """
            SELECT measure, value, concept.name AS concept, caption.text AS caption, vocabulary.name AS vocabulary,
                template_set.name AS template_set, model.name AS model, model.weights_sha256, score.uid,
                run.uid AS run
            FROM score JOIN measurement ON measurement.id = score.measurement_id JOIN run ON run.id = score.run_id
            LEFT JOIN concept ON concept.id = score.concept_id LEFT JOIN caption ON caption.id = score.caption_id
            LEFT JOIN vocabulary ON vocabulary.id = measurement.vocabulary_id
            LEFT JOIN template_set ON template_set.id = measurement.template_set_id
            LEFT JOIN model ON model.id = measurement.model_id WHERE score.image_id = :image ORDER BY score.id
            """
        ),
        (
            "decisions", false,
            """
            SELECT filter_rule.name AS rule, verdict, value, threshold, reason, definition, decision.uid,
                run.uid AS run
            FROM decision JOIN filter_rule ON filter_rule.id = decision.filter_rule_id
            JOIN run ON run.id = decision.run_id WHERE decision.image_id = :image ORDER BY decision.id
            """
        ),
        (
            "snapshots", false,
            """
            SELECT variant.name AS variant, snapshot.uid, label, snapshot_item.split, snapshot_item.weight,
                snapshot.item_count AS items, snapshot.digest, variant.sql
            FROM snapshot_item JOIN snapshot ON snapshot.id = snapshot_item.snapshot_id
            JOIN variant ON variant.id = snapshot.variant_id
            WHERE snapshot_item.image_id = :image ORDER BY snapshot.id
            """
        ),
        (
            "exports", false,
            """
            SELECT export.directory, export.format, variant.name AS variant, verdict, export.digest, export.uid
            FROM snapshot_item JOIN export ON export.snapshot_id = snapshot_item.snapshot_id
            JOIN snapshot ON snapshot.id = export.snapshot_id JOIN variant ON variant.id = snapshot.variant_id
            WHERE snapshot_item.image_id = :image ORDER BY export.id
            """
        ),
        (
            "trainings", false,
            """
            SELECT training.uid, role, training_snapshot.weight, model.name AS model, model.weights_sha256
            FROM snapshot_item
            JOIN training_snapshot ON training_snapshot.snapshot_id = snapshot_item.snapshot_id
            JOIN training ON training.id = training_snapshot.training_id
            LEFT JOIN model ON model.id = training.model_id
            WHERE snapshot_item.image_id = :image ORDER BY training.id
            """
        ),
    ]
}
