-- How many real and how many generated images has each class?
SELECT
    vocabulary.name AS vocabulary, concept.name AS class,
    count(*) FILTER (WHERE origin = 'real') AS real,
    count(*) FILTER (WHERE origin = 'generated') AS generated,
    count(kept.image_id) AS kept
FROM concept
JOIN vocabulary ON vocabulary.id = concept.vocabulary_id
LEFT JOIN image ON image.concept_id = concept.id
LEFT JOIN kept ON kept.image_id = image.id
GROUP BY concept.id
ORDER BY vocabulary.name, concept.position;
