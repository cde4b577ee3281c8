-- How large would the parts of a split be that never moves an image to another part?
SELECT
    concept.name AS class,
    count(*) FILTER (WHERE part = 'train') AS train,
    count(*) FILTER (WHERE part = 'validation') AS validation,
    count(*) FILTER (WHERE part = 'test') AS test
FROM (SELECT concept_id, stable_split(uid, 'train:0.8,validation:0.1,test:0.1') AS part FROM image) AS placed
JOIN concept ON concept.id = placed.concept_id
GROUP BY concept.id
ORDER BY class;
