"""What torch.randn gives for seeds and sizes, as the bytes of little-endian float32, call after call."""

import json

import torch

from fixtures import FIXTURES, report

SIZES = [1, 5, 15, 16, 17, 100, 256, 3, 31, 2]
RUNS = {0: SIZES + [4096], 42: SIZES, 2**32 - 1: SIZES, 2**32 + 42: SIZES, 2**63 + 12345: SIZES + [4096]}


def run(seed, sizes):
    generator = torch.Generator().manual_seed(seed)
    calls = [torch.randn(size, generator=generator) for size in sizes]
    return {
        "seed": str(seed),
        "calls": [{"count": call.numel(), "bytes": call.numpy().astype("<f4").tobytes().hex()} for call in calls],
    }


path = FIXTURES / "Randomness" / "randn.json"
path.parent.mkdir(parents=True, exist_ok=True)
golden = {
    "torch": torch.__version__,
    "capability": torch.backends.cpu.get_cpu_capability(),
    "runs": [run(seed, sizes) for seed, sizes in RUNS.items()],
}
path.write_text(json.dumps(golden, indent=1) + "\n")
report(path)
