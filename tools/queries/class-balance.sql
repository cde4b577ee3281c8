-- How many images of each class were kept, and how many rejected?
SELECT
    concept.name AS class,
    count(*) AS judged,
    count(kept.image_id) AS kept,
    count(*) - count(kept.image_id) AS rejected,
    round(1.0 * count(kept.image_id) / count(*), 3) AS kept_share
FROM (SELECT DISTINCT image_id FROM latest_decision) AS judged
JOIN image ON image.id = judged.image_id
JOIN concept ON concept.id = image.concept_id
LEFT JOIN kept ON kept.image_id = judged.image_id
GROUP BY concept.id
ORDER BY kept_share, class;
