"""Writes the trained starter models in the layouts of transformers and diffusers, weights as F16 safetensors."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import CLIPImageProcessor, CLIPTokenizer

import train_clip
import train_diffusion
from training import Checkpoint

TOKENIZER = ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json"]


def publish_clip(work, target):
    tokenizer = CLIPTokenizer.from_pretrained(f"{work}/tokenizer")
    model = train_clip.new_clip(tokenizer)
    model.load_state_dict(Checkpoint(f"{work}/clip.pt").load()["average"])
    model.half().save_pretrained(target)
    CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, image_mean=[0.5] * 3, image_std=[0.5] * 3
    ).save_pretrained(target)
    for name in TOKENIZER:
        shutil.copy(f"{work}/tokenizer/{name}", target)


def publish_diffusion(work, target):
    pipe = train_diffusion.pipeline(work).to(torch.float16)
    pipe.save_pretrained(target)
    for name in TOKENIZER:
        shutil.copy(f"{work}/tokenizer/{name}", target / "tokenizer")


def tidy(target):
    """What names this machine or the moment goes; every JSON file ends in a newline."""
    for path in target.rglob("*.json"):
        content = json.loads(path.read_text())
        if isinstance(content, dict):
            content.pop("_name_or_path", None)
        if path.name not in TOKENIZER:
            path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--models", default="Sources/StarterModels/Models")
    parser.add_argument("--only", choices=["clip", "diffusion"])
    arguments = parser.parse_args()
    for name, publish in (("clip", publish_clip), ("diffusion", publish_diffusion)):
        if arguments.only in (None, name):
            target = Path(arguments.models) / name
            target.mkdir(parents=True, exist_ok=True)
            publish(arguments.work, target)
            tidy(target)
            size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
            print(f"{target}: {size / 2**20:.2f} MiB")
