"""The Wardrobe world as arrays: what prepare.py writes and every trainer reads."""

import json
from pathlib import Path

import numpy as np
import torch

GARMENTS = ["t-shirt", "pair of trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
COLORS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white"]
BACKGROUNDS = ["sand", "grass", "water", "a brick wall", "wood", "snow", "a night sky", "checkers", "stripes", "stone"]
ADJECTIVES = ["sandy", "grassy", "watery", "brick", "wooden", "snowy", "night sky", "checkered", "striped", "stone"]
PLAIN_TEMPLATES = [
    "a photo of a {}.", "a photo of a {}", "a picture of a {}.", "a {}", "a close-up of a {}", "a small photo of a {}.",
    "this is a {}",
]
CAPTION_TEMPLATES = [
    "a photo of {a color} {} on {background}", "{a color} {}, {adjective} background", "on {background}: {a color} {}",
    "{a color} {} on {background}", "a picture of {a color} {} against {background}",
    "there is {a color} {} on {background}", "a close-up of {a color} {} on {background}",
]


class Scenes:
    """Pictures (count × 32 × 32 × 3, uint8), captions and attributes of one split."""

    def __init__(self, folder, split):
        folder = Path(folder)
        self.pixels = np.memmap(folder / f"{split}.u8", np.uint8, "r").reshape(-1, 32, 32, 3)
        rows = [json.loads(line) for line in open(folder / f"{split}.jsonl")]
        self.captions = [row["captions"] for row in rows]
        for name in ["garment", "color", "background", "relation"]:
            setattr(self, name, torch.tensor([row[name] for row in rows]))
        self.alone = self.relation < 0

    def __len__(self):
        return len(self.captions)

    def images(self, indices):
        """Batch × 3 × 32 × 32 in -1…1."""
        return torch.from_numpy(self.pixels[np.asarray(indices)]).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def with_article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


def caption(template, garment, color, background):
    """The template with three indices filled in."""
    return (
        template.replace("{a color}", with_article(COLORS[color])).replace("{}", GARMENTS[garment])
        .replace("{background}", BACKGROUNDS[background]).replace("{adjective}", ADJECTIVES[background])
    )


def shuffled_batches(count, size, seed):
    """Endless batches of indices; every index once before any comes twice."""
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            yield np.sort(order[start : start + size])


def shifted(images, generator, most=2):
    """Each batch shifted by up to `most` pixels, edges repeated."""
    dx, dy = (generator.randint(0, 2 * most) for _ in range(2))
    padded = torch.nn.functional.pad(images, (most,) * 4, mode="replicate")
    return padded[:, :, dy : dy + images.shape[2], dx : dx + images.shape[3]]
