-- How often do two rules agree about an image?
SELECT
    one.rule AS rule, other.rule AS other_rule,
    sum(one.verdict = 'kept' AND other.verdict = 'kept') AS both_keep,
    sum(one.verdict = 'kept' AND other.verdict = 'rejected') AS only_the_first_keeps,
    sum(one.verdict = 'rejected' AND other.verdict = 'kept') AS only_the_second_keeps,
    sum(one.verdict = 'rejected' AND other.verdict = 'rejected') AS both_reject,
    round(avg(one.verdict = other.verdict), 3) AS agreement
FROM latest_decision AS one
JOIN latest_decision AS other ON other.image_id = one.image_id AND other.rule > one.rule
GROUP BY one.rule, other.rule
ORDER BY agreement;
