"""Makes tests/data/pil: small drawn pictures, and what PIL and torchvision make of them.

    pip install "pillow<13" torch torchvision     (Pillow 13 resizes tall pictures in another order, see octet/io/preprocess.hpp)
    python tests/golden/make_preprocess.py tests/data/pil

    decode/X.png|jpg   a file in one of the formats; decode/X.png.rgb: its pixels by
                       Image.open(X).convert("RGB"), raw HWC
    resize.txt         lines "input size output": output is torchvision's Resize(size) of input
    crop.txt           lines "input size output": output is torchvision's CenterCrop(size) of input
    pipeline.txt       lines "input resize crop output": both, one after the other
    normalize.f32      ToTensor and Normalize of the bytes 0 ... 255: 256 x 3 little-endian floats
    versions.txt       what made them
"""

import pathlib
import struct
import sys
import zlib

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageDraw, features
from torchvision import transforms

assert int(PIL.__version__.split(".")[0]) < 13, "the references are made with Pillow 12 or older"

out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/data/pil")
(out / "decode").mkdir(parents=True, exist_ok=True)


def picture(width, height, seed):
    """Gradients, hard edges, thin lines, letters and a patch of noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x + y) * 7 % 256], axis=-1)
    image = Image.fromarray(base.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x0, y0 = int(random.integers(0, width)), int(random.integers(0, height))
        w, h = int(random.integers(1, width // 2 + 2)), int(random.integers(1, height // 2 + 2))
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        (draw.ellipse if random.integers(2) else draw.rectangle)((x0, y0, x0 + w, y0 + h), fill=colour)
    for i in range(5):
        draw.line((0, i * height // 5, width, height - i * height // 7), fill=(255, 255, 255) if i % 2 else (0, 0, 0))
    draw.text((width // 8, height // 3), "octet 0123", fill=(255, 0, 255))
    pixels = np.array(image)
    h, w = min(height // 2, 40), min(width // 2, 40)
    pixels[height - h:, width - w:] = random.integers(0, 256, (h, w, 3))
    return Image.fromarray(pixels)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path, array, depth, colour, interlace=0):
    """A PNG that PIL cannot write (16-bit colour): `array` holds big-endian samples, already packed in rows of bytes."""
    height, row = array.shape
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    width = row * 8 // (depth * samples)
    data = b"".join(b"\0" + array[y].tobytes() for y in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
                     + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


# ---- decoding -----------------------------------------------------------------------------------------------------

decode = out / "decode"
small = picture(43, 29, seed=1)
grey = small.convert("L")
alpha = Image.fromarray((np.mgrid[0:29, 0:43].sum(axis=0) * 255 // 70).astype(np.uint8))
small.save(decode / "rgb.png")
grey.save(decode / "grey.png")
grey.convert("1").save(decode / "bilevel.png")
Image.merge("LA", (grey, alpha)).save(decode / "grey_alpha.png")
Image.merge("RGBA", (*small.split(), alpha)).save(decode / "rgba.png")
small.quantize(200).save(decode / "palette.png")
small.quantize(14).save(decode / "palette4.png", bits=4)
small.quantize(50).save(decode / "palette_transparent.png", transparency=3)
small.save(decode / "rgb_transparent.png", transparency=(0, 0, 0))
random = np.random.default_rng(2)
for name, colour, samples in (("rgb16", 2, 3), ("rgba16", 6, 4), ("grey_alpha16", 4, 2), ("grey16", 0, 1)):
    png(decode / f"{name}.png", random.integers(0, 256, (11, 17 * samples * 2), dtype=np.uint8), 16, colour)
png(decode / "grey2.png", random.integers(0, 256, (11, 5), dtype=np.uint8), 2, 0)

photo = picture(75, 61, seed=3)  # neither side a multiple of 8 or 16
for name, settings in (
    ("444", dict(subsampling="4:4:4")), ("422", dict(subsampling="4:2:2")), ("420", dict(subsampling="4:2:0")),
    ("420_coarse", dict(subsampling="4:2:0", quality=35)), ("progressive", dict(subsampling="4:2:0", progressive=True)),
    ("progressive_444", dict(subsampling="4:4:4", progressive=True)), ("restarts", dict(subsampling="4:2:0", restart_marker_blocks=2)),
):
    photo.save(decode / f"{name}.jpg", **{"quality": 90, **settings})
photo.convert("L").save(decode / "grey.jpg", quality=90)
photo.convert("CMYK").save(decode / "cmyk.jpg", quality=90)

for path in sorted(decode.iterdir()):
    if path.suffix in (".png", ".jpg"):
        pixels = np.array(Image.open(path).convert("RGB"))
        if path.name == "grey16.png":  # PIL turns all but the darkest 1/256 of 16-bit grey white; octet keeps the upper byte, as for colour
            pixels = np.repeat((np.array(Image.open(path)) >> 8).astype(np.uint8)[:, :, None], 3, axis=2)
        path.with_name(path.name + ".rgb").write_bytes(pixels.tobytes())

# ---- resizing, cropping -------------------------------------------------------------------------------------------


def save(image, name):
    image.save(out / name, optimize=True)
    return name


def source(name, width, height):
    return save(picture(width, height, seed=sum(name.encode())), f"{name}.png")


resize_cases = [
    (source("landscape", 300, 203), (96, 256, 203)), (source("portrait", 131, 233), (64, 131, 140)), (source("small", 57, 40), (100,)),
    (source("odd", 157, 155), (41, 156)), (source("wide", 601, 19), (8, 24)), (source("tall", 9, 300), (5, 16)),
    (source("square", 64, 64), (1, 32, 64, 65)), (source("pixel", 1, 1), (1, 7)), (source("two_by_three", 2, 3), (1, 2, 9)),
]
noise = Image.fromarray(np.random.default_rng(4).integers(0, 2, (83, 61, 3), dtype=np.uint8) * 255)
resize_cases.append((save(noise, "noise.png"), (17, 60, 62, 70)))

lines = []
for name, sizes in resize_cases:
    for size in sizes:
        result = transforms.Resize(size)(Image.open(out / name).convert("RGB"))
        lines.append(f"{name} {size} {save(result, f'{name[:-4]}_resize_{size}.png')}\n")
(out / "resize.txt").write_text("".join(lines))

lines = []
for name in ("small.png", "odd.png", "tall.png", "two_by_three.png"):
    for size in (2, 39, 40, 41, 60, 61):
        result = transforms.CenterCrop(size)(Image.open(out / name).convert("RGB"))
        lines.append(f"{name} {size} {save(result, f'{name[:-4]}_crop_{size}.png')}\n")
(out / "crop.txt").write_text("".join(lines))

lines = []
for name, resize, crop in (("landscape.png", 256, 224), ("portrait.png", 72, 64), ("small.png", 36, 48), ("odd.png", 99, 96)):
    result = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop)])(Image.open(out / name).convert("RGB"))
    lines.append(f"{name} {resize} {crop} {save(result, f'{name[:-4]}_pipeline_{resize}_{crop}.png')}\n")
(out / "pipeline.txt").write_text("".join(lines))

# ---- to floats ----------------------------------------------------------------------------------------------------

bytes_ = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2))
normalize = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
(out / "normalize.f32").write_bytes(normalize(bytes_).permute(1, 2, 0).contiguous().numpy().astype("<f4").tobytes())

(out / "versions.txt").write_text(
    f"made by tests/golden/make_preprocess.py with Pillow {PIL.__version__} (libjpeg-turbo {features.version('libjpeg_turbo')}), "
    f"torchvision {torchvision.__version__}, torch {torch.__version__}, numpy {np.__version__}\n")
