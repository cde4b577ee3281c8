-- Where do the scores of each class lie: least, quartiles, greatest?
WITH placed AS (
    SELECT
        measure, concept.name AS class, value,
        row_number() OVER by_class AS place,
        count(*) OVER (PARTITION BY measure, concept.id) AS images
    FROM latest_score
    JOIN image ON image.id = latest_score.image_id
    JOIN concept ON concept.id = image.concept_id
    WINDOW by_class AS (PARTITION BY measure, concept.id ORDER BY value)
)
SELECT
    measure, class, images,
    min(value) AS least,
    min(value) FILTER (WHERE place * 4 >= images) AS first_quartile,
    min(value) FILTER (WHERE place * 2 >= images) AS median,
    min(value) FILTER (WHERE place * 4 >= images * 3) AS third_quartile,
    max(value) AS greatest
FROM placed
GROUP BY measure, class
ORDER BY measure, median;
