-- How many images would be kept at each threshold, were that the only rule?
WITH RECURSIVE
tenth (step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM tenth WHERE step < 10),
span AS (SELECT measure, min(value) AS least, max(value) AS greatest FROM latest_score GROUP BY measure)
SELECT
    span.measure,
    round(least + (greatest - least) * step / 10, 4) AS threshold,
    count(*) FILTER (WHERE value >= least + (greatest - least) * step / 10) AS at_least,
    count(*) AS images
FROM span
CROSS JOIN tenth
JOIN latest_score ON latest_score.measure = span.measure
GROUP BY span.measure, step
ORDER BY span.measure, step;
