#!/usr/bin/env python3
"""Lets Figment and its peers take turns at one work, and says how long each took.

usage: race.py RACE --folder DIR --contestant NAME REVISION PROGRAM [--contestant …] [--peers PYTHON]
               [--rounds N] [--catalog FILE --session ID --part PART]

RACE is one of contestants.py. PROGRAM is a bench-engine or, for a training, a bench-training. After a warm-up all do
the work once in every round. At most three are in memory at a time; the first contestant stays. Runs become rows of
the catalog. Standard output gets a line for each contestant, its fields parted by bars: name, seconds (median, least,
greatest), its seconds over those of the first in the same round (the same three), the error of its output, seconds to
load, greatest MiB; or its name and why it is left out.
"""

import argparse
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from contestants import HERE, OPENVINO, RACES, Contestant, Inference, Training


def watched_run(runner, others):
    """A run; says so where others were not asleep meanwhile."""
    before, start = [other.processor_seconds() for other in others], time.monotonic()
    seconds = runner.run()
    waited = time.monotonic() - start
    for other, used in zip(others, before):
        share = (other.processor_seconds() - used) / waited
        if share > 0.05 and waited > 0.2:
            print(f"race.py: {other.name} used {share:.0%} of a processor while it waited", file=sys.stderr)
    return seconds


def heat(first, others, rounds, record):
    """Lets contestants take turns, the first being in memory already; gives the seconds of each, round by round."""
    for other in others:
        other.start()
    running = [first, *others]
    table = []
    for count in range(rounds + 1):
        seconds = [watched_run(runner, [other for other in running if other is not runner]) for runner in running]
        # The first round warms up.
        if count == 0:
            continue
        table.append(seconds)
        for runner, taken in zip(running, seconds):
            runner.seconds.append(taken)
            record(runner, taken)
        print(f"{count}/{rounds}: " + ", ".join(
            f"{runner.name} {taken:.3f} s" for runner, taken in zip(running, seconds)), file=sys.stderr)
    for other in others:
        other.finish()
    return list(zip(*table))


def has_bf16():
    flags = Path("/proc/cpuinfo").read_text().split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def make_network(name, folder, race, python):
    """Has a network made where it is not there yet; without peers only one that is there can be raced."""
    files = ["data.safetensors", *(["openvino.xml"] if python and OPENVINO.keys() & race.peers.keys() else [])]
    if all((folder / name / file).exists() for file in files):
        return
    if not python:
        print(f"race.py: {folder / name} is missing, and only the peers' environment can make it", file=sys.stderr)
        sys.exit(69)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([python, HERE / "checkpoints.py", folder, name], check=True, stdout=sys.stderr)


def peers(race, folder, python):
    """The peers that can take part, and the reasons of the others by name."""
    taking_part, left_out = [], {}
    for name in race.peers:
        if not python:
            left_out[name] = "the peers' environment is missing"
        elif "bf16" in name and not has_bf16():
            left_out[name] = "this processor has no bf16"
        else:
            taking_part.append(Contestant(name, race.peer(name, folder, python)))
    return taking_part, left_out


def recorder(arguments):
    """What writes a run into the catalog."""
    if not arguments.catalog:
        return lambda *_: None
    catalog = sqlite3.connect(arguments.catalog, isolation_level=None, timeout=10)

    def record(runner, seconds):
        catalog.execute(
            "INSERT INTO run (session_id, part, work, contestant, revision, round, seconds) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (arguments.session, arguments.part, arguments.race, runner.name, runner.revision, len(runner.seconds),
             seconds))

    return record


def three(values):
    return [statistics.median(values), min(values), max(values)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("race", choices=RACES)
    parser.add_argument("--contestant", nargs=3, action="append", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--catalog")
    parser.add_argument("--session", type=int)
    parser.add_argument("--part")
    arguments = parser.parse_args()
    race, python = RACES[arguments.race], arguments.peers
    network = getattr(race, "network", None) or arguments.race
    folder = arguments.folder / network
    if isinstance(race, Training) and not python:
        print("race.py: trainings need the peers' environment", file=sys.stderr)
        sys.exit(69)
    if isinstance(race, Inference):
        make_network(network, arguments.folder, race, python)

    first, *others = [
        Contestant(name, race.own(program, name, folder, python), revision)
        for name, revision, program in arguments.contestant]
    left_out = {}
    # Revisions of Figment are compared among themselves.
    if not others:
        others, left_out = peers(race, folder, python)
    record, pairs = recorder(arguments), {first.name: [1]}
    first.start()
    for start in range(0, max(len(others), 1), 2):
        group = others[start:start + 2]
        own, *theirs = heat(first, group, arguments.rounds, record)
        for other, seconds in zip(group, theirs):
            pairs[other.name] = [taken / reference for taken, reference in zip(seconds, own)]
    first.finish()
    for runner in [first, *others]:
        figures = [*three(runner.seconds), *three(pairs[runner.name]), runner.report.get("error"),
                   runner.report.get("loadSeconds"), runner.report.get("peakMiB")]
        print(runner.name, *("" if figure is None else f"{figure:.6g}" for figure in figures), sep="|")
    for name, reason in left_out.items():
        print(name, reason, sep="|")


if __name__ == "__main__":
    main()
