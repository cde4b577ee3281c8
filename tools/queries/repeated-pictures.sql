-- How many pictures are there twice, pixel by pixel, and does one have two classes?
WITH picture AS (
    SELECT pixel_sha256, origin, count(*) AS copies, count(DISTINCT concept_id) AS classes
    FROM image
    GROUP BY pixel_sha256, origin
)
SELECT
    origin,
    sum(copies) AS images,
    count(*) AS different_pictures,
    sum(copies > 1) AS pictures_there_again,
    sum(classes > 1) AS pictures_of_several_classes
FROM picture
GROUP BY origin;
