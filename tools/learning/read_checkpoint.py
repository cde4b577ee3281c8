#!/usr/bin/env python3
"""Reads a network's folder with safetensors and with transformers or diffusers, and refuses what they do not take whole.

usage: tools/learning/read_checkpoint.py DIR...

It needs torch, diffusers and transformers, as tools/goldens does.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import diffusers
import torch
import transformers
from safetensors.torch import load_file


def read(folder):
    """The network of a folder, and what of the checkpoint it left unread or missed."""
    configuration = json.loads((folder / "config.json").read_text())
    if "_class_name" in configuration:
        kind = getattr(diffusers, configuration["_class_name"])
        module, notes = kind.from_pretrained(folder, output_loading_info=True, low_cpu_mem_usage=False)
    else:
        kind = getattr(transformers, configuration["architectures"][0])
        module, notes = kind.from_pretrained(folder, output_loading_info=True)
    return module, {key: list(names) for key, names in notes.items() if names}


def main():
    for folder in map(Path, sys.argv[1:]):
        module, notes = read(folder)
        assert not notes, f"{folder}: {notes}"
        stored = {}
        for file in folder.glob("*model.safetensors"):
            stored |= load_file(file)
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, stored[name].to(tensor.dtype)), f"{folder}: {name} differs"
        print(f"{folder}: {type(module).__name__}, {len(stored)} tensors")


if __name__ == "__main__":
    main()
