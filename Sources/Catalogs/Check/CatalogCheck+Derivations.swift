import Diagnostics
import Digests
import JSONValues
import SQLite

/// A row that says what does not follow from other rows as it should, and what that is.
typealias DerivationFault = RowFault<String>

/// What no uid covers, and yet follows from other rows: it is derived anew.
///
/// What a model computed (the value of a score, a vector, a conditioning) follows from rows too, but only the model can
/// tell; of a score that was decided on, the decision keeps a second copy of the value.
extension Catalog {
    /// Tells of each model whose digests are not those of its files.
    func forEachModelFault(
        in schema: String = "main", _ body: (DerivationFault) throws(Failure) -> Void
    ) throws(Failure) {
        let models = try rows(
            "SELECT id, uid, weights_sha256, configuration FROM \(schema).model ORDER BY id"
        ) { (id: $0.integer(0), uid: $0.text(1), weights: $0.text(2), configuration: $0.text(3)) }
        for model in models {
            let files = try rows(
                "SELECT path, sha256 FROM \(schema).model_file WHERE model_id = ?", [.integer(model.id)]
            ) { (path: $0.text(0), digest: $0.text(1)) }.sorted { $0.path < $1.path }
            let weights = files.filter { $0.path.hasSuffix(".safetensors") }
            let lines = weights.map { "\($0.digest)  \($0.path)\n" }.joined()
            let settings = JSONValue.object(
                JSONObject(
                    files.filter { !$0.path.hasSuffix(".safetensors") }.map { ($0.path, .string($0.digest)) })
            )
            let stored = try? JSONValue(parsing: model.configuration, source: "")
            let places = [
                ("weights_sha256", SHA256.digest(of: Array(lines.utf8)).hex == model.weights),
                ("configuration", stored?.canonicalText == settings.canonicalText),
            ]
            for (column, isDerived) in places where !isDerived {
                try body(
                    DerivationFault(
                        table: "model", id: model.id, uid: model.uid,
                        reason: "\(column) does not follow from its files"))
            }
        }
    }

    /// Tells of each image that was made whose seed is not that of its request, or that shows what its conditioning is
    /// not of.
    func forEachGenerationFault(
        in schema: String = "main", _ body: (DerivationFault) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachRow(
            """
            SELECT generation.id, generation.uid, generation.seed, conditioning.uid, generation.ordinal,
                sampling.seed, image.id, image.uid, image.caption_id IS conditioning.caption_id,
                image.concept_id IS coalesce(conditioning.concept_id, caption.concept_id)
            FROM \(schema).generation
            JOIN \(schema).sampling ON sampling.id = generation.sampling_id AND engine = 'native'
            JOIN \(schema).conditioning ON conditioning.id = generation.conditioning_id
            LEFT JOIN \(schema).image ON image.generation_id = generation.id
            LEFT JOIN \(schema).caption ON caption.id = conditioning.caption_id
            """
        ) { row throws(Failure) in
            let seed = GenerationSeed.seed(of: row.text(3), row.integer(4), base: row.integer(5))
            if seed != row.integer(2) {
                try body(
                    DerivationFault(
                        table: "generation", id: row.integer(0), uid: row.text(1),
                        reason: "seed does not follow from its request"))
            }
            guard !row.isNull(6) else { return }
            for (column, name) in [(8, "caption_id"), (9, "concept_id")] where row.integer(column) == 0 {
                try body(
                    DerivationFault(
                        table: "image", id: row.integer(6), uid: row.text(7),
                        reason: "\(name) is not that of its conditioning"))
            }
        }
    }

    /// Tells of each decision that does not say what its rule says of its score.
    func forEachDecisionFault(
        in schema: String = "main", _ body: (DerivationFault) throws(Failure) -> Void
    ) throws(Failure) {
        var rules: [Int: (rule: DecisionRule, measurement: String)] = [:]
        try forEachRow(
            """
            SELECT filter_rule.id, definition, measurement.uid, (
                SELECT count(*) FROM \(schema).concept
                WHERE concept.vocabulary_id = measurement.vocabulary_id)
            FROM \(schema).filter_rule
            JOIN \(schema).measurement ON measurement.uid = definition ->> '$.measurement'
            """
        ) { row in
            if let definition = try? JSONValue(parsing: row.text(1), source: ""),
                let rule = DecisionRule(definition: definition, classes: row.integer(3))
            {
                rules[row.integer(0)] = (rule, row.text(2))
            }
        }
        try forEachRow(
            """
            SELECT decision.id, filter_rule_id, decision.value, score.value, threshold, verdict, reason,
                score.image_id IS decision.image_id, measurement.uid, decision.uid
            FROM \(schema).decision JOIN \(schema).score ON score.id = score_id
            JOIN \(schema).measurement ON measurement.id = score.measurement_id
            """
        ) { row throws(Failure) in
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
                try body(
                    DerivationFault(
                        table: "decision", id: row.integer(0), uid: row.text(9),
                        reason: "\(column) does not follow from its rule and its score"))
            }
        }
    }
}

extension CatalogCheck {
    /// Every model's digests are those of its files.
    mutating func lookAtModels() throws(Failure) { try catalog.forEachModelFault { add($0) } }

    /// Every image that was made has the seed of its request, and shows what its conditioning is of.
    mutating func lookAtGenerations() throws(Failure) { try catalog.forEachGenerationFault { add($0) } }

    /// Every decision says what its rule says of its score.
    mutating func lookAtDecisions() throws(Failure) { try catalog.forEachDecisionFault { add($0) } }

    private mutating func add(_ fault: DerivationFault) {
        add(.value, "table \(fault.table), row \(fault.id): \(fault.reason)")
    }
}
