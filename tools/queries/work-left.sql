-- What is still to be done, stage by stage?
SELECT 'embed: captions without a conditioning' AS work, count(*) AS left_to_do
FROM caption
WHERE status = 'accepted' AND NOT EXISTS (SELECT 1 FROM conditioning WHERE caption_id = caption.id)
UNION ALL
SELECT 'generate: conditionings without an image', count(*)
FROM conditioning
WHERE kind = 'text' AND NOT EXISTS (
    SELECT 1 FROM generation JOIN image ON image.generation_id = generation.id
    WHERE generation.conditioning_id = conditioning.id)
UNION ALL
SELECT 'score: generated images without a score', count(*)
FROM image
WHERE origin = 'generated' AND NOT EXISTS (SELECT 1 FROM score WHERE image_id = image.id)
UNION ALL
SELECT 'filter: scored images without a decision', count(*)
FROM (SELECT DISTINCT image_id FROM score) AS scored
WHERE NOT EXISTS (SELECT 1 FROM decision WHERE image_id = scored.image_id);
