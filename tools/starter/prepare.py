"""Turns WebDataset shards that Figment exported into the arrays that the trainers read.

A sample is KEY.png, KEY.txt (its caption) and KEY.json, whose `uid` is looked up among the attributes: lines that
`figment query` wrote, each with `uid` and `attributes` (garment, color, background and, of two garments, relation).
"""

import argparse
import io
import json
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

import tokenizer
from wardrobe import BACKGROUNDS, CAPTION_TEMPLATES, COLORS, GARMENTS, PLAIN_TEMPLATES, Scenes

KEYS = {
    "garment": ["t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"],
    "color": COLORS,
    "background": ["sand", "grass", "water", "brick", "wood", "snow", "night", "checkers", "stripes", "stone"],
    "relation": ["to-the-left-of", "to-the-right-of", "above", "below", "in-front-of", "behind"],
}


def samples(shards):
    """Key and members (extension to bytes) of every sample, in the shards' order."""
    for shard in shards:
        key, members = None, {}
        with tarfile.open(shard) as tar:
            for entry in tar:
                name, _, extension = entry.name.partition(".")
                if name != key and members:
                    yield key, members
                    members = {}
                key = name
                members[extension] = tar.extractfile(entry).read()
        if members:
            yield key, members


def read_attributes(path):
    """Attributes by the image's uid; a query gives them as JSON in a string."""
    lines = [json.loads(line) for line in open(path)]
    return {line["uid"]: json.loads(line["attributes"]) for line in lines}


def row(key, members, attributes):
    own = attributes[json.loads(members["json"])["uid"]]
    indices = {name: KEYS[name].index(own[name]) if name in own else -1 for name in KEYS}
    return {"key": key, **indices, "captions": [members["txt"].decode().strip()]}


def write_arrays(split, shards, attributes, folder):
    attributes = read_attributes(attributes)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{split}.u8", "wb") as pixels, open(folder / f"{split}.jsonl", "w") as rows:
        for key, members in samples(shards):
            picture = np.asarray(Image.open(io.BytesIO(members["png"])).convert("RGB"))
            if picture.shape != (32, 32, 3):
                raise SystemExit(f"{key}.png is {picture.shape[1]} × {picture.shape[0]}, not 32 × 32")
            pixels.write(picture.tobytes())
            rows.write(json.dumps(row(key, members, attributes)) + "\n")


def write_tokenizer(folder, work):
    """Learns the tokenizer from the foundation's captions and the words of the templates."""
    captions = [text for texts in Scenes(folder, "foundation").captions for text in texts]
    blank = {"{}": " ", "{a color}": " ", "{background}": " ", "{adjective}": " "}
    for template in PLAIN_TEMPLATES + CAPTION_TEMPLATES:
        for place, nothing in blank.items():
            template = template.replace(place, nothing)
        captions.append(template)
    print("vocabulary", len(tokenizer.write(captions, f"{work}/tokenizer")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", choices=["foundation", "test"])
    parser.add_argument("shards", nargs="*", help="none: the arrays are there, only the tokenizer is wanted")
    parser.add_argument("--attributes", help="the lines that figment query wrote")
    parser.add_argument("--data", default="/tmp/wardrobe", type=Path)
    parser.add_argument("--work", default="/tmp/starter")
    arguments = parser.parse_args()
    if arguments.shards:
        write_arrays(arguments.split, sorted(arguments.shards), arguments.attributes, arguments.data)
    if arguments.split == "foundation":
        write_tokenizer(arguments.data, arguments.work)
