#!/usr/bin/env bash
# datasets 5.2.0 leaves out, without a word, a class whose folder is a symbolic link.
#
# People make a subset of a large dataset by linking to the classes they want. torchvision's ImageFolder follows such
# links. Guessed: load_dataset("imagefolder") finds the 3 pictures of the class that is a folder and the 2 of the class
# that is a link, with two labels. Seen: the 3, and the picture that is itself a link; not the linked class. With one
# class left there is no column of labels at all, and no warning.
#
# Seen with fsspec 2025.10.0 on Python 3.11. Figment imports linked classes and linked pictures, and its exports hold no
# links.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet datasets==5.2.0 fsspec==2025.10.0 pillow==13.0.0
cd "$folder"
cat >look.py <<'PYTHON'
import os

from datasets import load_dataset
from PIL import Image

os.makedirs("chosen/cat")
os.makedirs("all/dog")
for number in range(3):
    Image.new("RGB", (8, 8), (number, 0, 0)).save(f"chosen/cat/{number}.png")
for number in range(2):
    Image.new("RGB", (8, 8), (0, number, 0)).save(f"all/dog/{number}.png")
os.symlink("../all/dog", "chosen/dog")
os.symlink("../../all/dog/0.png", "chosen/cat/linked.png")
found = load_dataset("imagefolder", data_dir="chosen", split="train", cache_dir="cache")
print(len(found), sorted(found.features))
PYTHON
seen=$(HF_HOME=$folder/home python/bin/python look.py 2>/dev/null)
echo "$seen"
[ "$seen" = "4 ['image']" ]
