"""What Datasette answers with the extension, against what Figment answers: usage: CATALOG LIBRARY."""

import json
import pathlib
import subprocess
import sys
import urllib.parse

SQL = """
SELECT uid, stable_split(uid, 'train:0.5,test:0.5') AS part, score_of(id, 'clip-similarity') AS score,
    vector_cosine(cast(uid AS BLOB), cast(substr(file_sha256, 1, 32) AS BLOB)) AS cosine
FROM image ORDER BY uid LIMIT 50
"""


def main(catalog, library):
    query = urllib.parse.urlencode({"sql": SQL, "_shape": "array"})
    page = f"/{pathlib.Path(catalog).stem}.json?{query}"
    answer = subprocess.run(
        ["datasette", catalog, "--load-extension", library, "--get", page],
        check=True, capture_output=True, text=True).stdout
    own = subprocess.run(
        ["figment", "query", "--catalog", catalog, "--format", "jsonl", SQL],
        check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in own.splitlines()]
    if not rows or json.loads(answer) != rows:
        sys.exit(f"Datasette answers differently: {answer[:500]}\nfigment query: {own[:500]}")
    print(f"{catalog}: Datasette answers as figment query does, {len(rows)} rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
