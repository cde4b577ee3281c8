-- What is latest followed from ids, which tell of two shards only which one was merged first. It follows from the time
-- at which a row's run had started, and of equal times from the uid: the same in every catalog that has the same rows.

DROP VIEW latest_score;
CREATE VIEW latest_score AS
SELECT
    score.image_id, measurement.measure, score.value, model.name AS model, score.concept_id, score.caption_id,
    score.measurement_id, score.id AS score_id
FROM score
JOIN measurement ON measurement.id = score.measurement_id
LEFT JOIN model ON model.id = measurement.model_id
WHERE NOT EXISTS (
    SELECT 1 FROM measurement AS other
    CROSS JOIN score AS later ON later.measurement_id = other.id AND later.image_id = score.image_id
    WHERE other.measure = measurement.measure AND later.id <> score.id
        AND ((SELECT started_at FROM run WHERE run.id = later.run_id), later.uid)
            > ((SELECT started_at FROM run WHERE run.id = score.run_id), score.uid)
);

DROP VIEW latest_decision;
CREATE VIEW latest_decision AS
SELECT
    decision.image_id, filter_rule.name AS rule, decision.verdict, decision.value, decision.threshold,
    decision.reason, decision.filter_rule_id, decision.score_id, decision.id AS decision_id
FROM decision
JOIN filter_rule ON filter_rule.id = decision.filter_rule_id
WHERE NOT EXISTS (
    SELECT 1 FROM filter_rule AS other
    CROSS JOIN decision AS later ON later.filter_rule_id = other.id AND later.image_id = decision.image_id
    WHERE other.name = filter_rule.name AND later.id <> decision.id
        AND ((SELECT started_at FROM run WHERE run.id = later.run_id), later.uid)
            > ((SELECT started_at FROM run WHERE run.id = decision.run_id), decision.uid)
);
