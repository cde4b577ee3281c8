-- What has each model made or measured?
SELECT
    model.family, model.name, substr(model.weights_sha256, 1, 12) AS weights,
    (SELECT count(*) FROM conditioning WHERE model_id = model.id) AS conditionings,
    (
        SELECT count(*) FROM sampling
        JOIN generation ON generation.sampling_id = sampling.id
        WHERE sampling.model_id = model.id
    ) AS generations,
    (
        SELECT count(*) FROM measurement
        JOIN score ON score.measurement_id = measurement.id
        WHERE measurement.model_id = model.id
    ) AS scores
FROM model
ORDER BY model.family, model.name;
