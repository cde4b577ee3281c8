"""Tiny safetensors files of every element type that matters, single and sharded, and the numbers in them."""

import json
import shutil

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import save_file

from fixtures import FIXTURES, report

FOLDER = FIXTURES / "Checkpoints"
# Every exponent that float16 and bfloat16 have, subnormals, both zeros, infinities and NaN.
HALVES = torch.arange(0, 65536, 97, dtype=torch.int32).to(torch.int16)
TENSORS = {
    "float32": torch.linspace(-3, 3, 24).reshape(2, 3, 4),
    "float16": HALVES.view(torch.float16),
    "bfloat16": HALVES.clone().view(torch.bfloat16),
    "position_ids": torch.arange(5).reshape(1, 5),
    "double": torch.tensor([1.5, -2.5], dtype=torch.float64),
    "mask": torch.tensor([True, False]),
    "scalar": torch.tensor(0.25),
    "empty": torch.empty(0, 7),
}
FLOATS = ["float32", "float16", "bfloat16", "scalar", "empty"]


def bits(tensor):
    return tensor.float().contiguous().numpy().astype("<f4").tobytes().hex()


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
save_file(TENSORS, FOLDER / "model.safetensors", metadata={"format": "pt"})
(FOLDER / "sharded").mkdir()
save_torch_state_dict(
    {f"layer.{index}.weight": torch.full((4, 4), float(index)) for index in range(5)},
    FOLDER / "sharded", max_shard_size=130, metadata={"format": "pt"})
golden = {name: {"shape": list(TENSORS[name].shape), "bytes": bits(TENSORS[name])} for name in FLOATS}
(FOLDER / "values.json").write_text(json.dumps(golden, indent=1) + "\n")
for path in sorted(FOLDER.rglob("*.*")):
    report(path)
