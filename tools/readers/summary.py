"""What a reader found in an export, in a form that two readers of the same items agree on."""

import collections
import hashlib
import json
import sys

import numpy


class SplitSummary:
    """Takes the items of one split in the order of their keys."""

    FIRST = 3

    def __init__(self):
        self.count = 0
        self.labels = collections.Counter()
        self.first_keys = []
        self.digests = {name: None for name in ("keys", "captions", "images", "recorded", "pixels")}

    def take(self, key, label, picture, image=None, caption=None, recorded=None):
        """Adds an item.

        picture is the decoded image; image its file's bytes, caption its text and recorded the SHA-256 that its
        record states, each None where the reader does not see it.
        """
        self.count += 1
        self.labels[int(label)] += 1
        if len(self.first_keys) < self.FIRST:
            self.first_keys.append(key)
        self._hash("keys", key.encode())
        self._hash("captions", caption if caption is None else caption.encode())
        self._hash("images", image if image is None else hashlib.sha256(image).hexdigest().encode())
        self._hash("recorded", recorded if recorded is None else recorded.encode())
        pixels = numpy.ascontiguousarray(picture, dtype=numpy.uint8)
        self._hash("pixels", repr(pixels.shape).encode() + pixels.tobytes())

    def _hash(self, name, content):
        if content is None:
            return
        if self.digests[name] is None:
            self.digests[name] = hashlib.sha256()
        self.digests[name].update(len(content).to_bytes(8, "little") + content)

    def json(self):
        return {
            "count": self.count,
            "labels": {str(label): count for label, count in sorted(self.labels.items())},
            "first_keys": self.first_keys,
            "sha256": {name: digest.hexdigest() for name, digest in self.digests.items() if digest},
        }


def report(reader, splits):
    """Prints the summary of all splits, a dictionary of SplitSummary."""
    found = {name: split.json() for name, split in splits.items()}
    json.dump({"reader": reader, "splits": found}, sys.stdout, indent=1)
    print()


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
