-- Which classes does the judge find hardest, and how do they compare with the mean of all?
SELECT
    measure, generated.concept AS class, count(*) AS images,
    round(avg(value), 4) AS mean_value,
    round(avg(value) - avg(avg(value)) OVER (PARTITION BY measure), 4) AS above_mean,
    rank() OVER (PARTITION BY measure ORDER BY avg(value)) AS place_from_below
FROM latest_score
JOIN generated USING (image_id)
GROUP BY measure, generated.concept_id
ORDER BY measure, place_from_below;
