#!/usr/bin/env python3
"""Trains a network in PyTorch and in Figment from the same weights on the same data, and compares what they learnt.

usage: tools/learning/compare.py {unet,inversion,small-inversion} [--steps N] [--folder DIR] [--checkpointed]

It needs torch, diffusers and safetensors, as tools/goldens does, and a release build of bench-training. It prints a
line of JSON: the greatest relative difference of the losses and of what was learnt, and the seconds of both.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
SMALL = dict(
    sample_size=8, in_channels=4, out_channels=4, block_out_channels=(64, 128), cross_attention_dim=128,
    layers_per_block=1, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
STABLE_DIFFUSION = dict(
    sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=(320, 640, 1280, 1280))
WORKS = {
    "unet": dict(options=SMALL, batch=128, side=8, tokens=8, inverts=False, rate=1e-4, decay=0.01),
    "inversion": dict(options=STABLE_DIFFUSION, batch=1, side=32, tokens=77, inverts=True, rate=1e-2, decay=0.0),
    "small-inversion": dict(options=SMALL, batch=4, side=8, tokens=8, inverts=True, rate=1e-2, decay=0.0),
}


def prepare(work, steps, folder):
    """Writes weights, drawn at random and stored in float16 where there are many, and the data of every step."""
    torch.manual_seed(0)
    module = UNet2DConditionModel(**work["options"])
    if work["inverts"]:
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float()
    folder.mkdir(parents=True, exist_ok=True)
    module.save_config(folder)
    kind = torch.float16 if work["inverts"] else torch.float32
    save_file(
        {name: tensor.to(kind).contiguous() for name, tensor in module.state_dict().items()},
        folder / "diffusion_pytorch_model.safetensors")
    batch, side, width = work["batch"], work["side"], work["options"]["cross_attention_dim"]
    data = dict(
        sample=torch.randn(steps, batch, 4, side, side), noise=torch.randn(steps, batch, 4, side, side),
        timesteps=torch.randint(0, 1000, (steps, batch)).float())
    if work["inverts"]:
        data["conditioning"] = torch.randn(1, work["tokens"], width)
    else:
        data["context"] = torch.randn(steps, batch, work["tokens"], width)
    save_file(data, folder / "data.safetensors")
    return module, data


def train(module, data, work, steps):
    if work["inverts"]:
        module.requires_grad_(False)
        conditioning = data["conditioning"].clone().requires_grad_()
        learnt = {"conditioning": conditioning}
    else:
        learnt = dict(module.named_parameters())
    optimizer = torch.optim.AdamW(learnt.values(), lr=work["rate"], weight_decay=work["decay"])
    losses, seconds = [], []
    start = time.process_time()
    for step in range(steps):
        before = time.perf_counter()
        context = conditioning.repeat(work["batch"], 1, 1) if work["inverts"] else data["context"][step]
        output = module(data["sample"][step], data["timesteps"][step].long(), context).sample
        loss = F.mse_loss(output, data["noise"][step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - before)
    used = time.process_time() - start
    return losses, seconds, used, {name: tensor.detach() for name, tensor in learnt.items()}


def difference(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=WORKS)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/bench-training")
    parser.add_argument("--checkpointed", action="store_true")
    arguments = parser.parse_args()
    work = WORKS[arguments.work]
    folder = arguments.folder or Path("/tmp") / f"figment-{arguments.work}"
    torch.set_num_threads(arguments.threads)

    module, data = prepare(work, arguments.steps, folder)
    losses, seconds, used, learnt = train(module, data, work, arguments.steps)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    del module
    command = [
        arguments.program, "inversion" if work["inverts"] else "unet", folder, "--rate", str(work["rate"]), "--decay",
        str(work["decay"]), "--threads", str(arguments.threads)]
    command += ["--checkpointed"] if arguments.checkpointed else []
    report = json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout)
    ours = load_file(folder / "learnt.safetensors")
    assert set(ours) == set(learnt), set(ours) ^ set(learnt)
    worst = max(learnt, key=lambda name: difference(ours[name], learnt[name]))
    print(json.dumps(dict(
        work=arguments.work, steps=arguments.steps, losses=[losses[0], losses[-1]],
        loss_difference=max(abs(a / b - 1) for a, b in zip(report["losses"], losses)),
        learnt_difference=difference(ours[worst], learnt[worst]), worst=worst,
        seconds=dict(pytorch=statistics.median(seconds), figment=statistics.median(report["seconds"])),
        processor_seconds=dict(pytorch=used, figment=report["processorSeconds"]),
        resident_mib=dict(pytorch=resident, figment=report["residentMiB"]))))


if __name__ == "__main__":
    main()
