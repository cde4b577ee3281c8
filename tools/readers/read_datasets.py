"""Reads an export of any format with the Hugging Face datasets library, offline: read_datasets.py DIR."""

import os
import sys
import tempfile

os.environ.update(
    HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1")
_cache = tempfile.TemporaryDirectory(prefix="figment-readers-")
os.environ["HF_HOME"] = _cache.name

import datasets  # noqa: E402  (its cache is chosen when it is imported)
import numpy  # noqa: E402

from summary import SplitSummary, load_json, report  # noqa: E402

TYPES = {"string": "string", "integer": "int64", "real": "float64"}


def check_types(features, fields):
    """Stops where a column of the export's own came out under another type."""
    for field in fields:
        found = features[field["name"]].dtype
        if found != TYPES[field["type"]]:
            sys.exit(f"the column {field['name']} is {found}, not {field['type']}")


def check_class_names(feature, classes):
    names = [each["name"] for each in classes]
    if len(set(names)) == len(names) and feature.names != names:
        sys.exit("the names of the labels are not those of classes.json")


def read(split, rows, column, classes, fields):
    """Reads the rows of one split; the image is in `column`."""
    found = SplitSummary()
    nested = "json" in rows.features
    check_types(rows.features["json"] if nested else rows.features, fields)
    if nested:
        check_class_names(rows.features["cls"], classes)
    raw = rows.cast_column(column, datasets.Image(decode=False))
    for index, (row, files) in enumerate(zip(rows, raw, strict=True)):
        record = row["json"] if nested else row
        if nested and (row["txt"], row["cls"]) != (record["text"], record["label"]):
            sys.exit(f"row {index} of {split}: its record is of another sample")
        if record["split"] != split:
            sys.exit(f"row {index} of {split}: its record is of the split {record['split']}")
        key = row["__key__"] if nested else os.path.splitext(os.path.basename(files[column]["path"]))[0]
        found.take(
            key, record["label"], numpy.asarray(row[column].convert("RGB")), image=content(files[column]),
            caption=record["text"], recorded=record["sha256"])
        if classes[record["label"]] != {
            "label": record["label"], "name": record["class"], "key": record["class_key"]
        }:
            sys.exit(f"row {index} of {split}: its class is not the one of its label")
    return found


def content(image):
    if image["bytes"] is not None:
        return image["bytes"]
    with open(image["path"], "rb") as file:
        return file.read()


def main(directory):
    directory = os.path.abspath(directory)
    classes = load_json(os.path.join(directory, "classes.json"))["classes"]
    fields = load_json(os.path.join(directory, "manifest.json"))["fields"]
    loaded = datasets.load_dataset(directory)
    column = next(
        name for name in ("image", "png", "jpg") if name in next(iter(loaded.values())).features)
    splits = {name: read(name, rows, column, classes, fields) for name, rows in loaded.items()}
    report(f"datasets {datasets.__version__}", splits)


if __name__ == "__main__":
    main(sys.argv[1])
