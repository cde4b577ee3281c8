-- Which captions have never given an image that was kept?
SELECT generated.concept AS class, caption, count(*) AS tries, round(max(value), 3) AS best_value
FROM generated
JOIN latest_decision USING (image_id)
LEFT JOIN kept USING (image_id)
GROUP BY generated.caption_id
HAVING count(kept.image_id) = 0
ORDER BY tries DESC, best_value
LIMIT 50;
