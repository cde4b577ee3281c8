#!/usr/bin/env python3
"""Makes the networks that are raced: random weights of published sizes, random inputs, and PyTorch's outputs.

usage: checkpoints.py FOLDER [NAME…]      names: see networks.py; by default all of them

Each network gets a folder in the layout of Hugging Face, weights in float16, with data.safetensors beside: inputs
and, under "output", what PyTorch computes from them in float32. Folders that are complete are left alone.
"""

import os
import shutil
import sys
from pathlib import Path

import torch
from networks import NETWORKS, STARTER, read, starter
from safetensors.torch import save_file


def weights(name, folder):
    """Writes configuration and weights, or links those of a network that has the same."""
    network = NETWORKS[name]
    original = STARTER if network.make is starter else folder.parent / network.like if network.like else None
    if original is None:
        torch.manual_seed(0)
        network.make().half().save_pretrained(folder)
        return
    if network.like:
        make(network.like, original)
    for path in original.iterdir():
        if path.name != "data.safetensors":
            (folder / path.name).symlink_to(os.path.relpath(path, folder))


def make(name, folder):
    if (folder / "data.safetensors").exists():
        return
    print(f"making {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    weights(name, folder)
    network = read(name, folder)
    torch.manual_seed(1)
    data = NETWORKS[name].draw(getattr(network, "module", getattr(network, "pipeline", None)))
    # Complete once its data are: the network is run on what is written first and moved into place last.
    unfinished = folder / "unfinished" / "data.safetensors"
    unfinished.parent.mkdir()
    data = {key: tensor.contiguous() for key, tensor in data.items()}
    with torch.no_grad():
        data["output"] = network(*(data[key] for key in network.inputs)).contiguous()
    save_file(data, unfinished)
    unfinished.rename(folder / "data.safetensors")
    unfinished.parent.rmdir()


if __name__ == "__main__":
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(NETWORKS):
        sys.exit(__doc__)
    for name in sys.argv[2:] or NETWORKS:
        make(name, (Path(sys.argv[1]) / name).resolve())
