-- Does more guidance, or another sampler, get more images through the filters?
SELECT
    generated.model, sampler, steps, guidance,
    count(*) AS images,
    round(avg(kept.image_id IS NOT NULL), 3) AS kept_share
FROM generated
LEFT JOIN kept USING (image_id)
WHERE image_id IN (SELECT image_id FROM latest_decision)
GROUP BY generated.model, sampler, steps, guidance
ORDER BY kept_share DESC;
