-- Where does one image come from, and why is it in? All in one row; here the first that was kept.
SELECT
    lineage.image_id, image_uid, generated.concept AS class, generated.caption, conditioning_kind,
    generated.model, weights_sha256, sampler, steps, guidance, seed,
    (SELECT json_group_object(measure, value) FROM latest_score WHERE image_id = lineage.image_id) AS scores,
    (SELECT json_group_object(rule, reason) FROM latest_decision WHERE image_id = lineage.image_id) AS decisions,
    (
        SELECT json_group_array(variant.name) FROM snapshot_item
        JOIN snapshot ON snapshot.id = snapshot_item.snapshot_id
        JOIN variant ON variant.id = snapshot.variant_id
        WHERE snapshot_item.image_id = lineage.image_id
    ) AS variants,
    lineage.program, lineage.version, lineage.started_at
FROM lineage
JOIN generated USING (image_id)
WHERE lineage.image_id = (SELECT min(image_id) FROM kept);
