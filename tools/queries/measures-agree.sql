-- Do two measures say the same? Pearson's correlation over the images that have both.
SELECT
    one.measure AS measure, other.measure AS other_measure, count(*) AS images,
    round(
        (count(*) * sum(one.value * other.value) - sum(one.value) * sum(other.value))
        / nullif(
            sqrt(count(*) * sum(one.value * one.value) - sum(one.value) * sum(one.value))
            * sqrt(count(*) * sum(other.value * other.value) - sum(other.value) * sum(other.value)), 0),
        3) AS correlation
FROM latest_score AS one
JOIN latest_score AS other ON other.image_id = one.image_id AND other.measure > one.measure
GROUP BY one.measure, other.measure;
