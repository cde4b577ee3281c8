#!/usr/bin/env python3
"""Makes the networks that are raced: random weights of published sizes, random inputs, and PyTorch's outputs.

usage: checkpoints.py FOLDER [NAME…]      names: see networks.py; by default all of them

Each network gets a folder in the layout of Hugging Face, weights in float16, with data.safetensors beside: inputs
and, under "output", what PyTorch computes from them in float32. Where the network is one that OpenVINO can run it is
there in OpenVINO's form too. What is complete is left alone.
"""

import os
import shutil
import sys
from pathlib import Path

import openvino
import torch
from networks import NETWORKS, STARTER, Pipeline, arguments, read
from safetensors.torch import save_file


def link(original, folder, names=None):
    """Links what a network or a pipeline consists of."""
    for path in original.iterdir():
        if path.name in names if names else path.name != "data.safetensors" and path.stem != "openvino":
            (folder / path.name).symlink_to(os.path.relpath(path, folder))


def weights(name, folder):
    """Writes configuration and weights, or links those of a network that has the same."""
    network = NETWORKS[name]
    if isinstance(network.like, dict):
        link(STARTER, folder, ["model_index.json", "scheduler"])
        for part, other in network.like.items():
            make(other, folder.parent / other)
            (folder / part).mkdir()
            link(folder.parent / other, folder / part)
    elif network.like:
        make(network.like, folder.parent / network.like)
        link(folder.parent / network.like, folder)
    elif network.wrap is Pipeline:
        link(STARTER, folder)
    else:
        torch.manual_seed(0)
        network.make().half().save_pretrained(folder)


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


def convert(name, folder):
    """Writes the network as OpenVINO reads it, for the shapes of the recorded inputs."""
    if (folder / "openvino.xml").exists() or not issubclass(NETWORKS[name].wrap, torch.nn.Module):
        return
    print(f"converting {folder}", file=sys.stderr)
    network = read(name, folder)
    inputs, _ = arguments(network, folder)
    # Tracing runs the network several times; a corner of each image is enough for it.
    example = tuple(tensor[..., :16, :16] if tensor.dim() == 4 and name != "clip" else tensor for tensor in inputs)
    with torch.no_grad():
        model = openvino.convert_model(network, example_input=example)
    for port, input_name in zip(model.inputs, network.inputs):
        port.get_tensor().set_names({input_name})
    model.reshape({port: list(tensor.shape) for port, tensor in zip(model.inputs, inputs)})
    openvino.save_model(model, folder / "unfinished.xml")
    (folder / "unfinished.bin").rename(folder / "openvino.bin")
    (folder / "unfinished.xml").rename(folder / "openvino.xml")


if __name__ == "__main__":
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(NETWORKS):
        sys.exit(__doc__)
    for name in sys.argv[2:] or NETWORKS:
        folder = (Path(sys.argv[1]) / name).resolve()
        make(name, folder)
        convert(name, folder)
