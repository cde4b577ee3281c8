-- How did the runs of each program end, and what did the last failure say?
SELECT
    run.program, event.kind AS ended, count(*) AS runs, sum(event.refused) AS refused,
    max(run.started_at) AS latest, max(event.message) AS message
FROM run
JOIN run_event AS event ON event.run_id = run.id
WHERE event.sequence = (SELECT max(sequence) FROM run_event WHERE run_id = run.id)
GROUP BY run.program, event.kind
ORDER BY run.program, runs DESC;
