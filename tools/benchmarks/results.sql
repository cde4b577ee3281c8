-- What tools/bench measured: rows are appended, never changed. Executed at every start; it makes what is missing.
PRAGMA busy_timeout = 10000;

-- One invocation of tools/bench.
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    -- The commit that was checked out, and whether files differed from it.
    revision TEXT NOT NULL,
    is_dirty INTEGER NOT NULL CHECK (is_dirty IN (0, 1)),
    cpu TEXT NOT NULL,
    cores INTEGER NOT NULL CHECK (cores > 0),
    -- The kernels that the engine chose of OpenBLAS.
    core_type TEXT NOT NULL,
    -- The revision that this one was compared with, NULL where there was none.
    compared_with TEXT
) STRICT;

-- One run of one contestant. Runs of one session, work and round were made one right after the other.
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id),
    -- The file of tools/benchmarks; of the matrix product that tells how fast the machine is, 'calibration before' and
    -- 'calibration after'.
    part TEXT NOT NULL,
    -- What was done, where a part does several things.
    work TEXT,
    contestant TEXT NOT NULL,
    -- A commit of Figment, or the version of a peer; NULL where it is not known.
    revision TEXT,
    round INTEGER NOT NULL CHECK (round > 0),
    seconds REAL NOT NULL CHECK (seconds >= 0)
) STRICT;

-- One line of the table that tools/bench prints: a median, or a ratio of medians or of pairs.
CREATE TABLE IF NOT EXISTS figure (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id),
    part TEXT NOT NULL,
    what TEXT NOT NULL,
    -- The commit that it is of; in a comparison not always the session's.
    revision TEXT NOT NULL,
    value REAL NOT NULL,
    unit TEXT NOT NULL,
    -- What it must be, and what it should be.
    comparison TEXT CHECK (comparison IN ('<=', '>=')),
    target REAL,
    aim REAL
) STRICT;

CREATE INDEX IF NOT EXISTS run_session ON run (session_id, part);
CREATE INDEX IF NOT EXISTS figure_session ON figure (session_id);
CREATE INDEX IF NOT EXISTS figure_what ON figure (what, id);

CREATE TRIGGER IF NOT EXISTS session_is_kept BEFORE DELETE ON session
BEGIN SELECT RAISE(ABORT, 'rows of session are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS session_is_frozen BEFORE UPDATE ON session
BEGIN SELECT RAISE(ABORT, 'rows of session are never changed'); END;
CREATE TRIGGER IF NOT EXISTS run_is_kept BEFORE DELETE ON run
BEGIN SELECT RAISE(ABORT, 'rows of run are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS run_is_frozen BEFORE UPDATE ON run
BEGIN SELECT RAISE(ABORT, 'rows of run are never changed'); END;
CREATE TRIGGER IF NOT EXISTS figure_is_kept BEFORE DELETE ON figure
BEGIN SELECT RAISE(ABORT, 'rows of figure are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS figure_is_frozen BEFORE UPDATE ON figure
BEGIN SELECT RAISE(ABORT, 'rows of figure are never changed'); END;

-- How figures went on from session to session, with the pace of the machine: the GFLOP/s of the matrix product, before
-- and after.
CREATE VIEW IF NOT EXISTS history AS
SELECT figure.what, session.at, figure.revision, session.is_dirty, figure.value, figure.unit, session.cpu,
    (SELECT 2 * 2.048 * 2.048 * 2.048 / min(seconds) FROM run
     WHERE run.session_id = session.id AND part = 'calibration before' AND contestant = 'Figment') AS pace_before,
    (SELECT 2 * 2.048 * 2.048 * 2.048 / min(seconds) FROM run
     WHERE run.session_id = session.id AND part = 'calibration after' AND contestant = 'Figment') AS pace_after
FROM figure JOIN session ON session.id = figure.session_id;
