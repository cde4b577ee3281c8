-- How did a variant grow from snapshot to snapshot?
SELECT
    variant.name AS variant, run.started_at AS frozen_at, snapshot.item_count AS images,
    snapshot.item_count - lag(snapshot.item_count) OVER by_name AS more_than_before,
    snapshot.digest = lag(snapshot.digest) OVER by_name AS same_members,
    count(export.id) AS exports
FROM snapshot
JOIN variant ON variant.id = snapshot.variant_id
JOIN run ON run.id = snapshot.run_id
LEFT JOIN export ON export.snapshot_id = snapshot.id
GROUP BY snapshot.id
WINDOW by_name AS (PARTITION BY variant.name ORDER BY snapshot.id)
ORDER BY variant.name, snapshot.id;
