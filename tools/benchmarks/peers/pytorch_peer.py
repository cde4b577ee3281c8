#!/usr/bin/env python3
"""PyTorch, and what stands on it (diffusers, transformers), as a contestant.

usage: pytorch_peer.py [--put-right] NETWORK DIR      NETWORK: see networks.py; or matrix-product, which needs no DIR
"""

import sys
import time
from pathlib import Path

START = time.perf_counter()
sys.path.append(str(Path(__file__).resolve().parents[2] / "learning"))

import put_right

if "--put-right" in sys.argv and not put_right.is_right():
    put_right.begin_again()

import torch
from networks import arguments, read
from serving import serve


def matrix_product():
    left, right = torch.rand(2048, 2048), torch.rand(2048, 2048)
    return lambda: left @ right, None, f"torch {torch.__version__}"


def network(name, folder):
    wrapped = read(name, folder)
    inputs, output = arguments(wrapped, folder)
    return lambda: wrapped(*inputs).numpy(), output.numpy(), f"torch {torch.__version__}"


if __name__ == "__main__":
    name, *folder = [word for word in sys.argv[1:] if word != "--put-right"]
    with torch.no_grad():
        serve(START, (lambda: network(name, *folder)) if folder else matrix_product)
