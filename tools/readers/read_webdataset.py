"""Reads an export in the webdataset format with the webdataset library: read_webdataset.py DIR."""

import os
import sys

import webdataset

from summary import SplitSummary, load_json, report


def read(split, shards):
    """Reads shards twice side by side: decoded as a training would, and raw."""
    found = SplitSummary()
    decoded = webdataset.WebDataset(shards, shardshuffle=False).decode("rgb8")
    raw = webdataset.WebDataset(shards, shardshuffle=False)
    for sample, files in zip(decoded, raw, strict=True):
        extension = "png" if "png" in sample else "jpg"
        record = sample["json"]
        key = sample["__key__"]
        if [record[name] for name in ("key", "split", "label", "text")] != [
            key, split, sample["cls"], sample["txt"]
        ]:
            sys.exit(f"sample {key}: its record is of another sample")
        found.take(
            key, sample["cls"], sample[extension], image=files[extension], caption=sample["txt"],
            recorded=record["sha256"])
    return found


def main(directory):
    os.chdir(directory)
    shards = {}
    for shard, count in load_json("sizes.json").items():
        shards.setdefault(shard.rsplit("-", 1)[0], []).append(shard)
        if sum(1 for _ in webdataset.WebDataset([shard], shardshuffle=False)) != count:
            sys.exit(f"{shard} has another number of samples than sizes.json says")
    splits = {split: read(split, names) for split, names in shards.items()}
    report(f"webdataset {webdataset.__version__}", splits)


if __name__ == "__main__":
    main(sys.argv[1])
