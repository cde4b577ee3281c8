-- Which are the three best images of each class, by each measure?
WITH ranked AS (
    SELECT
        measure, generated.concept AS class, image_id, uid, value,
        row_number() OVER (PARTITION BY measure, generated.concept_id ORDER BY value DESC, uid) AS place
    FROM latest_score
    JOIN generated USING (image_id)
)
SELECT measure, class, place, image_id, round(value, 4) AS value
FROM ranked
WHERE place <= 3
ORDER BY measure, class, place;
