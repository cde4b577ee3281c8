extension ChainSection {
    /// What was found out about an image, and where it went.
    static let record = [
        ChainSection(
            title: "scores", isOne: false,
            sql: """
                SELECT measure || ' ' || round(value, 4) || coalesce(', taken for ' || concept.name, '') AS line,
                    measure AS _measure, value, concept.name AS _concept, caption.text AS caption,
                    vocabulary.name AS vocabulary, template_set.name AS template_set, nullif(parameters, '{}') AS parameters,
                    model.name AS model,
                    model.weights_sha256, score.uid, run.uid AS run
                FROM score JOIN measurement ON measurement.id = score.measurement_id
                JOIN run ON run.id = score.run_id
                LEFT JOIN concept ON concept.id = score.concept_id
                LEFT JOIN caption ON caption.id = score.caption_id
                LEFT JOIN vocabulary ON vocabulary.id = measurement.vocabulary_id
                LEFT JOIN template_set ON template_set.id = measurement.template_set_id
                LEFT JOIN model ON model.id = measurement.model_id WHERE score.image_id = :image ORDER BY score.id
                """),
        ChainSection(
            title: "decisions", isOne: false,
            sql: """
                SELECT verdict || ' by ' || filter_rule.name || ': ' || decision.reason AS line,
                    filter_rule.name AS _rule, verdict AS _verdict, decision.value, threshold,
                    decision.reason AS _reason, definition,
                    score.uid AS score, decision.uid, run.uid AS run
                FROM decision JOIN filter_rule ON filter_rule.id = decision.filter_rule_id
                JOIN run ON run.id = decision.run_id LEFT JOIN score ON score.id = decision.score_id
                WHERE decision.image_id = :image ORDER BY decision.id
                """),
        ChainSection(
            title: "rederivations", isOne: false,
            sql: """
                SELECT CASE verdict WHEN 'exact' THEN 'made again, exact to the last bit'
                        WHEN 'within' THEN 'made again, within ' || largest_difference || ' of 255 levels'
                        ELSE 'made again, different by up to ' || largest_difference || ' of 255 levels' END
                        || ', on ' || run.host || ' (' || run.cpu || '), ' || run.started_at AS line,
                    verdict AS _verdict, largest_difference AS _largest_difference, rederivation.pixel_sha256, rederivation.uid, run.uid AS run
                FROM rederivation JOIN run ON run.id = rederivation.run_id
                WHERE rederivation.image_id = :image ORDER BY rederivation.id
                """),
        ChainSection(
            title: "snapshots", isOne: false,
            sql: """
                SELECT variant.name || ', ' || snapshot.item_count || ' images, here in ' || snapshot_item.split
                        || coalesce(' as ' || label, '') AS line,
                    variant.name AS _variant, label AS _label, snapshot_item.split AS _split, snapshot_item.weight, soft_target,
                    snapshot.item_count AS _items, snapshot.digest, variant.sql, snapshot.uid, run.uid AS run
                FROM snapshot_item JOIN snapshot ON snapshot.id = snapshot_item.snapshot_id
                JOIN variant ON variant.id = snapshot.variant_id JOIN run ON run.id = snapshot.run_id
                WHERE snapshot_item.image_id = :image ORDER BY snapshot.id
                """),
        ChainSection(
            title: "exports", isOne: false,
            sql: """
                SELECT export.format || ' in ' || export.directory || ', ' || verdict || ' when written' AS line,
                    export.directory AS _directory, export.format AS _format, export.options,
                    variant.name AS variant, verdict AS _verdict, export.digest,
                    export.uid, run.uid AS run
                FROM snapshot_item JOIN export ON export.snapshot_id = snapshot_item.snapshot_id
                JOIN snapshot ON snapshot.id = export.snapshot_id JOIN variant ON variant.id = snapshot.variant_id
                JOIN run ON run.id = export.run_id
                WHERE snapshot_item.image_id = :image ORDER BY export.id
                """),
        ChainSection(
            title: "trainings", isOne: false,
            sql: """
                SELECT coalesce(model.name, 'no model yet') || ', ' || role || ' on ' || variant.name AS line,
                    training.uid, role, variant.name AS variant, snapshot.uid AS snapshot, training_snapshot.weight,
                    training.seed, recipe, model.name AS model, model.weights_sha256, run.uid AS run
                FROM snapshot_item
                JOIN training_snapshot ON training_snapshot.snapshot_id = snapshot_item.snapshot_id
                JOIN training ON training.id = training_snapshot.training_id
                JOIN snapshot ON snapshot.id = snapshot_item.snapshot_id
                JOIN variant ON variant.id = snapshot.variant_id JOIN run ON run.id = training.run_id
                LEFT JOIN model ON model.id = training.model_id
                WHERE snapshot_item.image_id = :image ORDER BY training.id, training_snapshot.position
                """),
    ]
}
