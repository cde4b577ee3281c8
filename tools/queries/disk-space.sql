-- Which packs hold how much, and of what?
SELECT
    pack.file, pack_seal.pack_id IS NOT NULL AS sealed,
    count(image.id) AS images, round(sum(image.byte_count) / 1048576.0, 2) AS image_mebibytes,
    (SELECT count(*) FROM conditioning WHERE pack_id = pack.id) AS conditionings
FROM pack
LEFT JOIN pack_seal ON pack_seal.pack_id = pack.id
LEFT JOIN image ON image.pack_id = pack.id
GROUP BY pack.id
ORDER BY pack.file;
