-- How far apart are the best and the worst image of the same caption? That much is luck.
SELECT
    measure, generated.caption, count(*) AS images,
    round(min(value), 4) AS worst, round(max(value), 4) AS best, round(max(value) - min(value), 4) AS luck
FROM latest_score
JOIN generated USING (image_id)
GROUP BY measure, generated.conditioning_id
ORDER BY luck DESC
LIMIT 50;
