-- Which images did a rule judge otherwise after it was defined anew?
WITH judged AS (
    SELECT
        decision.image_id, filter_rule.name AS rule, verdict, value, threshold,
        lag(verdict) OVER turn AS verdict_before, lag(threshold) OVER turn AS threshold_before
    FROM decision
    JOIN filter_rule ON filter_rule.id = decision.filter_rule_id
    WINDOW turn AS (PARTITION BY filter_rule.name, decision.image_id ORDER BY decision.id)
)
SELECT rule, image_id, verdict_before, verdict, round(value, 4) AS value, threshold_before, threshold
FROM judged
WHERE verdict <> verdict_before
ORDER BY rule, abs(value - threshold);
