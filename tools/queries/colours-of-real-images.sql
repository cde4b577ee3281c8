-- Which colours do the real images of each split have? The attributes are JSON.
SELECT
    split,
    json_extract(attributes, '$.color') AS colour,
    count(*) AS images,
    round(1.0 * count(*) / sum(count(*)) OVER (PARTITION BY split), 3) AS share
FROM image
WHERE origin = 'real' AND attributes IS NOT NULL
GROUP BY split, colour
ORDER BY split, images DESC;
