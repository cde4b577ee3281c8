"""Compares what readers found with an export's manifest and with each other: compare.py DIR SUMMARY…"""

import hashlib
import os
import sys

from summary import load_json


def altered(directory, manifest):
    """Yields a sentence for every file that is not as the manifest says."""
    for file in manifest["shards"] + manifest["files"]:
        path = os.path.join(directory, file["name"])
        if not os.path.isfile(path):
            yield f"{file['name']} is missing"
            continue
        with open(path, "rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file["sha256"]:
                yield f"{file['name']} has another SHA-256 than in the manifest"


def differences(manifest, summaries):
    """Yields a sentence for everything that is not the same for all."""
    counts = {split["name"]: split["item_count"] for split in manifest["splits"]}
    known = {}
    for summary in summaries:
        reader, splits = summary["reader"], summary["splits"]
        found = {name: split["count"] for name, split in splits.items()}
        if found != counts:
            yield f"{reader} counts {found}, the manifest {counts}"
        for name, split in splits.items():
            if sum(split["labels"].values()) != split["count"]:
                yield f"{reader} has labels for other images of {name} than it has"
            if split["sha256"].get("recorded") not in (None, image_digests(split)):
                yield f"{reader}: images of {name} are not those that their records state"
            facts = {"labels": split["labels"], "first_keys": split["first_keys"], **split["sha256"]}
            for fact, value in facts.items():
                first, expected = known.setdefault((name, fact), (reader, value))
                if value != expected:
                    yield f"{reader} and {first} differ in the {fact} of {name}"


def image_digests(split):
    """The digest of the images' own digests, which is taken exactly as that of the recorded ones."""
    return split["sha256"]["images"]


def main(directory, paths):
    manifest = load_json(f"{directory}/manifest.json")
    summaries = [load_json(path) for path in paths]
    found = [*altered(directory, manifest), *differences(manifest, summaries)]
    for difference in found:
        print(f"{directory}: {difference}", file=sys.stderr)
    if found or not summaries:
        sys.exit(1)
    readers = ", ".join(summary["reader"] for summary in summaries)
    print(f"{directory}: {manifest['item_count']} images, the same for the manifest, {readers}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
