-- Which templates work best? Captions without a template stand under their strategy.
SELECT
    coalesce(template, 'strategy ' || strategy, 'no caption') AS template,
    count(DISTINCT image_id) AS images,
    round(avg(verdict = 'kept'), 3) AS kept_share,
    round(avg(value), 3) AS mean_value
FROM generated
JOIN latest_decision USING (image_id)
GROUP BY 1
ORDER BY kept_share DESC, images DESC;
