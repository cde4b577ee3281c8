"""What a contestant of a race does around its work; Sources/bench-engine speaks the same way.

It prints a line of JSON when it is ready, then one with the seconds of a run for every line on standard input, and at
the end one with its greatest memory and how far its output is from the reference.
"""

import json
import os
import sys
import time


def serve(start, load):
    """Serves `load()`, which gives the work as a function, the reference's output or None, and a version."""
    # What libraries print goes to standard error, where it disturbs nobody.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    run, reference, version = load()
    print(json.dumps(dict(
        ready=version, loadSeconds=time.perf_counter() - start, residentMiB=resident("VmRSS"))), file=answers)
    output = None
    for _ in sys.stdin:
        before = time.perf_counter()
        output = run()
        print(json.dumps(dict(seconds=time.perf_counter() - before)), file=answers)
    print(json.dumps(dict(peakMiB=resident("VmHWM"), error=error(output, reference))), file=answers)


def error(output, reference):
    """The greatest difference over the reference's greatest value, of two arrays of the same shape."""
    if output is None or reference is None:
        return None
    return float(abs(output - reference).max() / abs(reference).max())


def resident(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) >> 10
