#!/usr/bin/env bash
# SQLite 3.54.1 reports a disk I/O error where a checkpoint meets an attached database that is read-only.
#
# A program writes to one database and reads another, attached with mode=ro, which somebody else is writing to.
# Guessed: PRAGMA wal_checkpoint brings in the log of the database that is written to, and passes over the other, or at
# worst says that it is read-only. Seen: it takes in hand every attached database, finds a log in the one that it may
# not write to, and fails with SQLITE_IOERR_WRITE, as a broken disk would. It does so only while that log holds
# something, so that it seems to come and go. PRAGMA main.wal_checkpoint is what was meant.
#
# Seen with apsw 3.54.1.0, and with SQLite 3.40.1. Figment's split failed so on a catalog that was being written to; it
# names the schema now (ShardTests, aLogThatNobodyBroughtInIsNoObstacle).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet apsw==3.54.1.0
cd "$folder"
cat >look.py <<'PYTHON'
import apsw

other = apsw.Connection("other.sqlite")
list(other.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"))
own = apsw.Connection(
    "own.sqlite", apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI)
list(own.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"))
own.execute("ATTACH 'file:other.sqlite?mode=ro' AS other")
print(apsw.sqlite_lib_version(), own.execute("SELECT x FROM other.t").fetchall())
for pragma in "main.wal_checkpoint", "wal_checkpoint":
    try:
        print(pragma, own.execute(f"PRAGMA {pragma}").fetchall()[0][0])
    except apsw.Error as error:
        print(pragma, apsw.mapping_extended_result_codes[error.extendedresult])
PYTHON
seen=$(python/bin/python look.py)
echo "$seen"
[ "$seen" = "3.54.1 [(1,)]
main.wal_checkpoint 0
wal_checkpoint SQLITE_IOERR_WRITE" ]
