"""Reads an export in the imagefolder format by torchvision's rules, without torch: read_imagefolder.py DIR.

torchvision.datasets.ImageFolder takes the sorted names of the folders directly below its root for the classes,
walks each of them whole, following links, in sorted order, and keeps what has an image's extension. A class
without an image is an error.
"""

import os
import sys

import numpy
from PIL import Image

from summary import SplitSummary, load_json, report

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def samples(root):
    """Yields the path, the class index and the class folder of every image, in torchvision's order."""
    folders = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    for index, folder in enumerate(folders):
        count = 0
        for path, _, names in sorted(os.walk(os.path.join(root, folder), followlinks=True)):
            for name in sorted(names):
                if name.lower().endswith(EXTENSIONS):
                    count += 1
                    yield os.path.join(path, name), index, folder
        if count == 0:
            sys.exit(f"{root}/{folder}: torchvision refuses a class without an image")


def read(root, class_count):
    found = SplitSummary()
    listed = list(samples(root))
    complete = len({index for _, index, _ in listed}) == class_count
    for path, index, folder in sorted(listed, key=lambda sample: os.path.basename(sample[0])):
        label = int(folder.split("_")[0])
        # torchvision numbers the folders that are there: only where all are, its number is the label.
        if complete and label != index:
            sys.exit(f"{root}/{folder} is torchvision's class {index}")
        with open(path, "rb") as file:
            image = file.read()
        with Image.open(path) as picture:
            key = os.path.splitext(os.path.basename(path))[0]
            found.take(key, label, numpy.asarray(picture.convert("RGB")), image=image)
    return found


def main(directory):
    os.chdir(directory)
    class_count = len(load_json("classes.json")["classes"])
    roots = sorted(entry.name for entry in os.scandir(".") if entry.is_dir())
    report("torchvision's rules", {root: read(root, class_count) for root in roots})


if __name__ == "__main__":
    main(sys.argv[1])
