"""A small convolutional network that names garment, colour and background: trained on real foundation scenes alone.

It judges what the starter models make, and shares nothing with them. Run by itself it trains itself and states how
often it is right on real test scenes.
"""

import argparse
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from training import set_rate
from wardrobe import BACKGROUNDS, COLORS, GARMENTS, Scenes, shifted, shuffled_batches

HEADS = {"garment": len(GARMENTS), "color": len(COLORS), "background": len(BACKGROUNDS)}


class Judge(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for width, stride in ((16, 1), (48, 2), (48, 1), (96, 2), (96, 1)):
            layers += [torch.nn.Conv2d(before, width, 3, stride, padding=1), torch.nn.BatchNorm2d(width), torch.nn.ReLU()]
            before = width
        layers.append(torch.nn.MaxPool2d(2))
        self.body = torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(96 * 16, 128), torch.nn.ReLU())
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(128, count) for name, count in HEADS.items()})

    def forward(self, images):
        """Batch × 3 × 32 × 32 in -1…1 to a row of scores for each head."""
        state = self.body(images)
        return {name: head(state) for name, head in self.heads.items()}


@torch.no_grad()
def verdicts(judge, images):
    """The index that each head names, for any number of pictures."""
    parts = [{k: v.argmax(1) for k, v in judge(chunk).items()} for chunk in images.split(250)]
    return {name: torch.cat([part[name] for part in parts]) for name in HEADS}


def trained(data, path, steps=2400):
    """The judge of a file, trained and written there first where it does not exist."""
    judge = Judge()
    if Path(path).exists():
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval()
    torch.manual_seed(0)
    scenes, generator = Scenes(data, "foundation"), random.Random(0)
    alone = torch.nonzero(scenes.alone).flatten()
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.02)
    for step, places in enumerate(shuffled_batches(len(alone), 64, seed=0)):
        if step == steps:
            break
        indices = alone[places]
        set_rate(optimizer, 3e-3 * min((step + 1) / 50, 1) * (1 + math.cos(math.pi * step / steps)) / 2)
        said = judge(shifted(scenes.images(indices), generator, most=1))
        loss = sum(F.cross_entropy(said[name], getattr(scenes, name)[indices]) for name in HEADS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 200 == 0:
            print(f"judge step {step} loss {loss.item():.3f}", flush=True)
    torch.save(judge.state_dict(), path)
    return judge.eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    judge = trained(arguments.data, f"{arguments.work}/judge.pt", arguments.steps)
    scenes = Scenes(arguments.data, "test")
    said = verdicts(judge, scenes.images(range(len(scenes))))
    for name in HEADS:
        print(f"judge {name}: right on {(said[name] == getattr(scenes, name)).float().mean():.3f} of the test scenes")
