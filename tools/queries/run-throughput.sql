-- How many rows a second has each run appended?
WITH lap AS (
    SELECT run_id, sum(appended) AS appended, min(at) AS begun, max(at) AS ended
    FROM run_event
    GROUP BY run_id
)
SELECT
    run.id, run.program, run.host, run.threads, lap.appended,
    round((julianday(ended) - julianday(begun)) * 86400, 1) AS seconds,
    round(appended / nullif((julianday(ended) - julianday(begun)) * 86400, 0), 1) AS rows_a_second
FROM lap
JOIN run ON run.id = lap.run_id
ORDER BY seconds DESC;
