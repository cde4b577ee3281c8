#!/usr/bin/env python3
"""Lets the engine and its peers take turns at one network, and says how long each took.

usage: race.py NETWORK --folder DIR --contestant NAME REVISION PROGRAM [--contestant …] [--peers PYTHON]
               [--rounds N] [--catalog FILE --session ID --part PART]

The first contestant is the one whose rate the others' is compared with. After a warm-up all do the work once in every
round. At most three are in memory at a time; the first stays. Runs are rows of the catalog; standard output gets a
line for each contestant, its fields parted by bars: name, seconds (median, least, greatest), its seconds over those
of the first in the same round (the same three), error, seconds to load, greatest MiB; or its name and why it is left
out.
"""

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
OPENVINO = {"OpenVINO float32": ["openvino_peer.py", "f32"], "OpenVINO bf16": ["openvino_peer.py", "bf16"]}
TICKS = 100


def pytorch(name, network):
    """PyTorch, or what stands on it, as it comes and put right."""
    return {name: ["pytorch_peer.py", network], f"{name} put right": ["pytorch_peer.py", "--put-right", network]}


@dataclass
class Row:
    """The work of bench-engine, and the peers by name: script and arguments."""

    work: str
    peers: dict


ROWS = {
    "matrix-product": Row("matrix-product", pytorch("PyTorch", "matrix-product")),
    "unet64": Row("unet", OPENVINO | pytorch("PyTorch", "unet64")),
    "unet32": Row("unet", OPENVINO | pytorch("PyTorch", "unet32")),
    "vae": Row("vae-decode", OPENVINO | pytorch("PyTorch", "vae")),
    "clip": Row("clip-images", OPENVINO | pytorch("PyTorch", "clip")),
    "pipeline": Row("pipeline", pytorch("diffusers", "pipeline")),
    "llama1": Row("llama", pytorch("transformers", "llama1")),
    "llama16": Row("llama", pytorch("transformers", "llama16")),
}


@dataclass
class Contestant:
    """A program that does the work once for every line it is given."""

    name: str
    command: list
    revision: str | None = None
    seconds: list = field(default_factory=list)
    report: dict = field(default_factory=dict)

    def start(self):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1)
        self.report |= self.answer()
        # Figment's programs say what they do, not of which revision they are.
        self.revision = self.revision or self.report["ready"]

    def run(self):
        """The seconds of one run."""
        self.process.stdin.write("\n")
        return self.answer()["seconds"]

    def finish(self):
        self.process.stdin.close()
        self.report |= self.answer()
        self.process.wait()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            sys.exit(f"race.py: {self.name} ended early:\n{self.errors.read()[-4000:]}")
        return json.loads(line)

    def processor_seconds(self):
        """The processor's seconds of all its threads so far (proc(5), utime and stime)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def run_alone(runner, others):
    """A run, after which it is told if others were not asleep."""
    before, start = [other.processor_seconds() for other in others], time.monotonic()
    seconds = runner.run()
    waited = time.monotonic() - start
    for other, used in zip(others, before):
        share = (other.processor_seconds() - used) / waited
        if share > 0.05 and waited > 0.2:
            print(f"race.py: {other.name} used {share:.0%} of a processor while it waited", file=sys.stderr)
    return seconds


def heat(first, others, rounds, record):
    """Lets contestants take turns; the first is in memory already. Gives the seconds of all, round by round."""
    for other in others:
        other.start()
    running = [first, *others]
    table = []
    for count in range(rounds + 1):
        seconds = [run_alone(runner, [other for other in running if other is not runner]) for runner in running]
        if count == 0:
            continue
        table.append(seconds)
        for runner, taken in zip(running, seconds):
            runner.seconds.append(taken)
            record(runner, len(runner.seconds), taken)
        print(f"{count}/{rounds}: " + ", ".join(
            f"{runner.name} {taken:.3f} s" for runner, taken in zip(running, seconds)), file=sys.stderr)
    for other in others:
        other.finish()
    return list(zip(*table))


def has_bf16():
    flags = Path("/proc/cpuinfo").read_text().split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def make_networks(name, folder, python):
    """Has the network made where it is not there yet; without peers only one that is there can be raced."""
    if python:
        subprocess.run([python, HERE / "checkpoints.py", folder, name], check=True, stdout=sys.stderr)
    elif not (folder / name / "data.safetensors").exists():
        print(f"race.py: {folder / name} is missing, and only the peers' environment can make it", file=sys.stderr)
        sys.exit(69)


def recorder(arguments):
    """What writes a run into the catalog."""
    if not arguments.catalog:
        return lambda *_: None
    catalog = sqlite3.connect(arguments.catalog, isolation_level=None, timeout=10)

    def record(runner, count, seconds):
        catalog.execute(
            "INSERT INTO run (session_id, part, work, contestant, revision, round, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (arguments.session, arguments.part, arguments.network, runner.name, runner.revision, count, seconds))

    return record


def three(values):
    return [statistics.median(values), min(values), max(values)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("network", choices=ROWS)
    parser.add_argument("--contestant", nargs=3, action="append", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--catalog")
    parser.add_argument("--session", type=int)
    parser.add_argument("--part")
    arguments = parser.parse_args()
    row, record = ROWS[arguments.network], recorder(arguments)
    folder = []
    if row.work != arguments.network:
        folder = [arguments.folder / arguments.network]
        make_networks(arguments.network, arguments.folder, arguments.peers)

    first, *others = [
        Contestant(name, [program, row.work, *folder], revision) for name, revision, program in arguments.contestant]
    left_out = {}
    for name, (script, *options) in row.peers.items():
        if not arguments.peers:
            left_out[name] = "no peers"
        elif "bf16" in name and not has_bf16():
            left_out[name] = "this processor has no bf16"
        else:
            others.append(Contestant(name, [arguments.peers, HERE / script, *options, *folder]))

    first.start()
    pairs = {}
    for start in range(0, max(len(others), 1), 2):
        group = others[start:start + 2]
        own, *theirs = heat(first, group, arguments.rounds, record)
        for other, seconds in zip(group, theirs):
            pairs[other.name] = [taken / reference for taken, reference in zip(seconds, own)]
    first.finish()
    for runner in [first, *others]:
        figures = [*three(runner.seconds), *three(pairs.get(runner.name, [1])), runner.report["error"],
                   runner.report.get("loadSeconds"), runner.report.get("peakMiB")]
        print(runner.name, *("" if figure is None else f"{figure:.6g}" for figure in figures), sep="|")
    for name, reason in left_out.items():
        print(name, reason, sep="|")


if __name__ == "__main__":
    main()
