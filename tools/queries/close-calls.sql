-- Which decisions were closest? Look at these before you trust a threshold.
SELECT
    rule, image_id, generated.concept AS class, verdict,
    round(value, 5) AS value, threshold, round(value - threshold, 5) AS margin
FROM latest_decision
JOIN generated USING (image_id)
ORDER BY abs(value - threshold)
LIMIT 20;
