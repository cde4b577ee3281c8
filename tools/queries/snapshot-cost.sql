-- What does each snapshot cost: bytes to store, denoising steps to make?
SELECT
    variant.name AS variant, snapshot.uid AS snapshot, snapshot.item_count AS images,
    round(sum(image.byte_count) / 1048576.0, 2) AS mebibytes,
    count(generation.id) AS generated,
    sum(sampling.steps) AS denoising_steps
FROM snapshot
JOIN variant ON variant.id = snapshot.variant_id
JOIN snapshot_item ON snapshot_item.snapshot_id = snapshot.id
JOIN image ON image.id = snapshot_item.image_id
LEFT JOIN generation ON generation.id = image.generation_id
LEFT JOIN sampling ON sampling.id = generation.sampling_id
GROUP BY snapshot.id
ORDER BY snapshot.id;
