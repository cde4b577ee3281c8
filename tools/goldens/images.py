"""Image files of every kind that people have, what Pillow decodes them to, and what it resizes one of them to."""

import gzip
import hashlib
import io
import json
import shutil
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, features

from fixtures import FIXTURES, report

FOLDER = FIXTURES / "ImageCodecs"
WIDTH, HEIGHT = 13, 9


def picture(width, height):
    """Colours that vary in every direction, sharp edges and noise."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(1).integers(0, 60, (height, width))
    red = 255 * x / (width - 1)
    green = 255 * y / (height - 1)
    blue = np.where((x // 3 + y // 2) % 2 == 0, 195, 0) + noise
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced(pixels):
    """Adam7, which Pillow reads and does not write."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b"".join(
        b"\0" + row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx] if row.size)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep(pixels):
    """16 bits a level: the high byte is the level, the low byte the same."""
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write(name, data, **options):
    path = FOLDER / name
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        data.save(path, **options)
    report(path)
    image = Image.open(path)
    if "A" in image.getbands() or "transparency" in image.info:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image.convert("RGBA"))
    decoded[name] = {
        "width": image.width, "height": image.height, "pixels": image.convert("RGB").tobytes().hex()}


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
decoded = {}
pixels = picture(WIDTH, HEIGHT)
image = Image.fromarray(pixels)
alpha = Image.fromarray((np.arange(WIDTH * HEIGHT) * 255 // (WIDTH * HEIGHT - 1)).astype(np.uint8).reshape(HEIGHT, WIDTH))
translucent = image.copy()
translucent.putalpha(alpha)
palette = image.quantize(16)
write("rgb.png", image)
write("grey.png", image.convert("L"))
write("bilevel.png", image.convert("1"))
write("palette.png", palette)
write("palette-transparent.png", palette, transparency=3)
write("rgba.png", translucent)
write("grey-alpha.png", translucent.convert("LA"))
write("interlaced.png", interlaced(pixels))
write("rgb16.png", deep(pixels))
decoded["rgb16.png"]["pixels"] = pixels.tobytes().hex()
write("rgb.jpg", image, quality=90)
write("rgb-444.jpg", image, quality=75, subsampling=0)
write("grey.jpg", image.convert("L"), quality=85)
write("progressive.jpg", image, quality=80, progressive=True)
write("cmyk.jpg", image.convert("CMYK"), quality=90)
plain = io.BytesIO()
image.convert("CMYK").save(plain, "JPEG", quality=90)
plain = plain.getvalue()
start = plain.index(b"\xff\xee")
write("cmyk-plain.jpg", plain[:start] + plain[start + 16:])

source = Image.fromarray(picture(37, 23))
source.save(FOLDER / "resize.png")
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
SIZES = [(16, 16), (8, 30), (64, 48), (37, 10), (10, 23), (74, 11), (1, 1), (36, 24), (224, 224), (3, 200)]



def digest(width, height, kind):
    """Rows first, as Pillow always did before version 13, which does columns first where that saves work."""
    resized = source.resize((width, source.height), kind).resize((width, height), kind)
    return hashlib.sha256(resized.tobytes()).hexdigest()


resized = [
    {"filter": name, "width": width, "height": height, "sha256": digest(width, height, kind)}
    for name, kind in FILTERS.items() for width, height in SIZES]
idx = struct.pack(">IIII", 0x803, 3, 2, 4) + bytes(range(24))
(FOLDER / "pictures-idx3-ubyte.gz").write_bytes(gzip.compress(idx, mtime=0))
report(FOLDER / "pictures-idx3-ubyte.gz")
idx = struct.pack(">II", 0x801, 4) + bytes(1_000_000)
(FOLDER / "zeros-idx1-ubyte.gz").write_bytes(gzip.compress(idx, mtime=0))
report(FOLDER / "zeros-idx1-ubyte.gz")
golden = {
    "pillow": PIL.__version__, "turbojpeg": features.version("libjpeg_turbo"), "decoded": decoded, "resized": resized}
(FOLDER / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
report(FOLDER / "golden.json")
