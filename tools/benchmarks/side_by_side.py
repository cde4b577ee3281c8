#!/usr/bin/env python3
"""Prints the figures of two revisions side by side, and records them.

usage: side_by_side.py FIGURES CATALOG SESSION OWN OTHER

FIGURES has a line for each figure: whose it is (own or other), the part, what, the value, the unit, parted by tabs.
The ratio is that of each pair of figures in their order: median, least and greatest.
"""

import sqlite3
import sys
from statistics import median

path, catalog, session, own, other = sys.argv[1:]
values = {}
with open(path) as file:
    for line in file:
        side, part, what, value, unit = line.rstrip("\n").split("\t")
        values.setdefault((part, what, unit), dict(own=[], other=[]))[side].append(float(value))

print(f"{'':62} {own[:9]:>10} {other[:9]:>10} {'':14} ratio")
rows = []
for (part, what, unit), sides in values.items():
    shown = {side: f"{median(figures):.4g}" if figures else "-" for side, figures in sides.items()}
    pairs = [mine / theirs for mine, theirs in zip(sides["own"], sides["other"]) if theirs]
    ratio = f"{median(pairs):.3f} ({min(pairs):.3f}–{max(pairs):.3f})" if pairs else ""
    print(f"{what:62} {shown['own']:>10} {shown['other']:>10} {unit:14} {ratio}")
    rows += [(session, part, what, revision, median(sides[side]), unit)
             for side, revision in (("own", own), ("other", other)) if sides[side]]
with sqlite3.connect(catalog, timeout=10) as connection:
    connection.executemany(
        "INSERT INTO figure (session_id, part, what, revision, value, unit) VALUES (?, ?, ?, ?, ?, ?)", rows)
