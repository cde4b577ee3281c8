"""PyTorch put right: the environment in which it is as fast on this machine as it can be, for a fair race.

MKL asks for the processor's vendor and takes slow paths where it is not Intel, whatever the processor can do; a
preloaded library answers that it is. glibc's allocator gives large blocks back to the system at once, and PyTorch
pays for their pages again at every step; it is told to keep them, and to ask for huge pages.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = """
int mkl_serv_intel_cpu_true(void) { return 1; }
int mkl_serv_intel_cpu(void) { return 1; }
"""
TUNABLES = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1099511627776:glibc.malloc.trim_threshold=1099511627776"
CHANGED = ("LD_PRELOAD", "GLIBC_TUNABLES")


def is_right():
    return os.environ.get("GLIBC_TUNABLES") == TUNABLES


def begin_again():
    """Runs this very program in such an environment, in the place of this process."""
    library = Path(tempfile.mkdtemp()) / "answers.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", library], input=ANSWERS, text=True, check=True)
    os.execve(sys.executable, [sys.executable, *sys.argv],
              os.environ | {"LD_PRELOAD": str(library), "GLIBC_TUNABLES": TUNABLES})


def usual_environment():
    """The environment without what was put right, for programs that are not PyTorch."""
    return {name: value for name, value in os.environ.items() if name not in CHANGED}
