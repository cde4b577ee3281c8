#!/usr/bin/env python3
"""Trains networks in PyTorch and in Figment from the same weights on the same data, and compares what they learnt.

usage: tools/learning/compare.py [unet] [inversion] [resnet] [vit] [--put-right] [--steps N] [--threads N]
                                 [--folder DIR] [--checkpointed] [--double] [--serve {pytorch,figment}]

It needs torch, torchvision, diffusers, timm and safetensors, as tools/goldens does, and a release build of
bench-training. Of each work, or of all four, it prints a line of JSON: the greatest relative difference of the losses,
step by step; the greatest difference of what was learnt, and where; and the seconds of both. What was learnt is every
value of every parameter and of every running moment; its difference is relative to the greatest value of its tensor.
Exits with 1 where a loss is further than 1e-4 apart, or what was learnt further than 1e-3.

--double lets PyTorch compute in double precision, so that its own rounding is not taken for Figment's: AdamW makes steps
of the same size of gradients however small, and the small UNet as PyTorch learns it in single precision is 5e-4 away
from itself in double. The seconds are then no race.
--put-right lets PyTorch be as fast as it can (put_right.py; channels-last for the ResNet).
--serve makes one contestant of a work wait: it prints 'ready' and then, for every line on standard input, makes a step
and prints the seconds that it took.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import put_right
from works import WORKS

PROGRAM = Path(__file__).resolve().parents[2] / ".build/release/bench-training"
GREATEST = dict(loss=1e-4, learnt=1e-3)


class Contestant:
    """PyTorch, step by step."""

    def __init__(self, work, module, data, is_channels_last):
        self.work, self.data = work, data
        self.module = module.to(memory_format=torch.channels_last) if is_channels_last else module
        self.learnt = work.learnt(self.module, data)
        self.optimizer = work.optimizer([tensor for tensor in self.learnt.values() if tensor.requires_grad])

    def step(self, step):
        """Makes a step; gives the loss before it and the seconds that it took."""
        before = time.perf_counter()
        loss = self.work.loss(self.module, self.data, self.learnt, step)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), time.perf_counter() - before


def prepare(work, steps, folder):
    """Writes a network and the data of every step."""
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    module = work.make(folder)
    data = work.record(steps)
    save_file(data, folder / "data.safetensors")
    return module, data


def figment(work, folder, arguments):
    """The command that trains in Figment, and its environment."""
    command = [arguments.program, work.program, folder, "--rate", work.rate, "--decay", work.decay,
               "--threads", arguments.threads]
    command += ["--checkpointed"] if arguments.checkpointed else []
    return list(map(str, command)), put_right.usual_environment()


def serve(work, folder, arguments):
    module, data = prepare(work, arguments.steps, folder)
    if arguments.serve == "figment":
        command, environment = figment(work, folder, arguments)
        os.execve(command[0], [*command, "--serve"], environment)
    contestant = Contestant(work, module, data, arguments.put_right and work.program == "resnet")
    print("ready", flush=True)
    for count, _ in enumerate(sys.stdin):
        print(contestant.step(count % arguments.steps)[1], flush=True)


def compare(name, work, folder, arguments):
    """Trains in both; whether they came out alike."""
    module, data = prepare(work, arguments.steps, folder)
    if arguments.double:
        module, data = module.double(), {name: tensor.double() for name, tensor in data.items()}
    contestant = Contestant(work, module, data, arguments.put_right and work.program == "resnet")
    start = time.process_time()
    losses, seconds = zip(*(contestant.step(step) for step in range(arguments.steps)))
    used = time.process_time() - start
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    learnt = {part: tensor.detach() for part, tensor in contestant.learnt.items()}
    del contestant
    command, environment = figment(work, folder, arguments)
    report = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)
    ours = load_file(folder / "learnt.safetensors")
    assert set(ours) == set(learnt), set(ours) ^ set(learnt)
    differences = {part: difference(ours[part], tensor) for part, tensor in learnt.items()}
    worst = max(differences, key=differences.get)
    loss_difference = max(abs(a / b - 1) for a, b in zip(report["losses"], losses))
    print(json.dumps(dict(
        work=name, steps=arguments.steps, losses=[losses[0], losses[-1]], loss_difference=loss_difference,
        learnt_difference=differences[worst], worst=worst, values=sum(tensor.numel() for tensor in learnt.values()),
        seconds=dict(pytorch=statistics.median(seconds), figment=statistics.median(report["seconds"])),
        processor_seconds=dict(pytorch=used, figment=report["processorSeconds"]),
        resident_mib=dict(pytorch=resident, figment=report["residentMiB"]))), flush=True)
    return loss_difference < GREATEST["loss"] and differences[worst] < GREATEST["learnt"]


def difference(actual, expected):
    """The greatest difference, relative to the greatest value; NaN is no small one."""
    apart = (actual - expected).abs().max() / expected.abs().max()
    return apart.item() if apart.isfinite() else float("inf")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument("--put-right", action="store_true")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--program", type=Path, default=PROGRAM)
    parser.add_argument("--checkpointed", action="store_true")
    parser.add_argument("--double", action="store_true")
    parser.add_argument("--serve", choices=["pytorch", "figment"])
    arguments = parser.parse_args()
    names = arguments.works or list(WORKS)
    if unknown := set(names) - set(WORKS):
        parser.error(f"no work is called {unknown.pop()}")
    if len(names) > 1:
        if arguments.serve:
            parser.error("--serve takes one work")
        # Each in a process of its own, whose memory is then its own too.
        options = [word for word in sys.argv[1:] if word not in WORKS]
        codes = [subprocess.run([sys.executable, __file__, name, *options]).returncode for name in names]
        sys.exit(max(codes))
    if arguments.put_right and not put_right.is_right():
        put_right.begin_again()
    torch.set_num_threads(arguments.threads)
    folder = (arguments.folder or Path(tempfile.gettempdir())) / f"figment-{names[0]}"
    if arguments.serve:
        serve(WORKS[names[0]], folder, arguments)
    elif not compare(names[0], WORKS[names[0]], folder, arguments):
        sys.exit(1)


if __name__ == "__main__":
    main()
