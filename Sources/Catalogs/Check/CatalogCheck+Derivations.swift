import Diagnostics
import Digests
import JSONValues
import SQLite

/// What no uid covers, and yet follows from other rows: it is derived anew.
///
/// What a model computed (the value of a score, a vector, a conditioning) follows from rows too, but only the model can
/// tell; of a score that was decided on, the decision keeps a second copy of the value.
extension CatalogCheck {
    /// Every model's digests are those of its files.
    mutating func lookAtModels() throws(Failure) {
        let models = try catalog.rows("SELECT id, weights_sha256, configuration FROM model ORDER BY id") {
            (id: $0.integer(0), weights: $0.text(1), configuration: $0.text(2))
        }
        for model in models {
            let files = try catalog.rows(
                "SELECT path, sha256 FROM model_file WHERE model_id = ?", [.integer(model.id)]
            ) { (path: $0.text(0), digest: $0.text(1)) }.sorted { $0.path < $1.path }
            let weights = files.filter { $0.path.hasSuffix(".safetensors") }
            let lines = weights.map { "\($0.digest)  \($0.path)\n" }.joined()
            if SHA256.digest(of: Array(lines.utf8)).hex != model.weights {
                add(.value, "table model, row \(model.id): weights_sha256 does not follow from its files")
            }
            let settings = JSONValue.object(
                JSONObject(
                    files.filter { !$0.path.hasSuffix(".safetensors") }.map { ($0.path, .string($0.digest)) })
            )
            if (try? JSONValue(parsing: model.configuration, source: ""))?.canonicalText
                != settings.canonicalText
            {
                add(.value, "table model, row \(model.id): configuration does not follow from its files")
            }
        }
    }

    /// Every image that was made has the seed of its request, and shows what its conditioning is of.
    mutating func lookAtGenerations() throws(Failure) {
        try catalog.forEachRow(
            """
            SELECT generation.id, generation.seed, conditioning.uid, generation.ordinal, sampling.seed, image.id,
                image.caption_id IS conditioning.caption_id,
                image.concept_id IS coalesce(conditioning.concept_id, caption.concept_id)
            FROM generation JOIN sampling ON sampling.id = generation.sampling_id AND engine = 'native'
            JOIN conditioning ON conditioning.id = generation.conditioning_id
            LEFT JOIN image ON image.generation_id = generation.id
            LEFT JOIN caption ON caption.id = conditioning.caption_id
            """
        ) { row in
            let seed = GenerationSeed.seed(of: row.text(2), row.integer(3), base: row.integer(4))
            if seed != row.integer(1) {
                add(.value, "table generation, row \(row.integer(0)): seed does not follow from its request")
            }
            guard !row.isNull(5) else { return }
            for (column, name) in [(6, "caption_id"), (7, "concept_id")] where row.integer(column) == 0 {
                add(.value, "table image, row \(row.integer(5)): \(name) is not that of its conditioning")
            }
        }
    }

    /// Every decision says what its rule says of its score.
    mutating func lookAtDecisions() throws(Failure) {
        var rules: [Int: (rule: DecisionRule, measurement: String)] = [:]
        try catalog.forEachRow(
            """
            SELECT filter_rule.id, definition, measurement.uid, (
                SELECT count(*) FROM concept WHERE concept.vocabulary_id = measurement.vocabulary_id)
            FROM filter_rule JOIN measurement ON measurement.uid = definition ->> '$.measurement'
            """
        ) { row in
            if let definition = try? JSONValue(parsing: row.text(1), source: ""),
                let rule = DecisionRule(definition: definition, classes: row.integer(3))
            {
                rules[row.integer(0)] = (rule, row.text(2))
            }
        }
        try catalog.forEachRow(
            """
            SELECT decision.id, filter_rule_id, decision.value, score.value, threshold, verdict, reason,
                score.image_id IS decision.image_id, measurement.uid
            FROM decision JOIN score ON score.id = score_id
            JOIN measurement ON measurement.id = score.measurement_id
            """
        ) { row in
            guard let (rule, measurement) = rules[row.integer(1)] else { return }
            let value = row.real(3)
            let verdict = rule.verdict(on: value)
            let places = [
                ("score_id", row.integer(7) == 1 && row.text(8) == measurement),
                ("value", row.optionalReal(2) == value), ("threshold", row.optionalReal(4) == rule.bound),
                ("verdict", row.text(5) == (verdict.isKept ? "kept" : "rejected")),
                ("reason", row.text(6) == verdict.reason),
            ]
            for (column, isDerived) in places where !isDerived {
                add(
                    .value,
                    "table decision, row \(row.integer(0)): \(column) does not follow from its rule and its score"
                )
            }
        }
    }
}
