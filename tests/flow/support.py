"""What the tests of the main example share: a small ResNet18 and pictures made on the spot, and running the program.

Nothing but Python's standard library, so that the tests depend on no weights, no data and no package.
"""
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import zlib

CLASSES = ["ash", "birch", "cedar", "date", "elm"]


# ---- weights ------------------------------------------------------------------------------------------------------


def resnet18_shapes(classes):
    """The state_dict of torchvision's resnet18: {name: shape}."""
    shapes = {}

    def conv(name, norm, out, inputs, kernel):
        shapes[f"{name}.weight"] = [out, inputs, kernel, kernel]
        shapes.update({f"{norm}.{part}": [out] for part in ("weight", "bias", "running_mean", "running_var")})

    conv("conv1", "bn1", 64, 3, 7)
    inputs = 64
    for stage, width in enumerate((64, 128, 256, 512), 1):
        for block in (0, 1):
            at = f"layer{stage}.{block}"
            conv(f"{at}.conv1", f"{at}.bn1", width, inputs, 3)
            conv(f"{at}.conv2", f"{at}.bn2", width, width, 3)
            if inputs != width:
                conv(f"{at}.downsample.0", f"{at}.downsample.1", width, inputs, 1)
            inputs = width
    shapes["fc.weight"], shapes["fc.bias"] = [classes, 512], [classes]
    return shapes


def elements(shape):
    count = 1
    for n in shape:
        count *= n
    return count


def halves(count, values):
    """`values` packed as 16-bit floats, repeated to `count` of them."""
    block = struct.pack(f"<{len(values)}e", *values)
    return (block * (count // len(values) + 1))[:2 * count]


def resnet18(classes=len(CLASSES), seed=1):
    """A ResNet18 with random weights: {name: (dtype, shape, bytes)}."""
    dice = random.Random(seed)
    tensors = {}
    for name, shape in resnet18_shapes(classes).items():
        count = elements(shape)
        some = range(min(count, 9973))  # a prime: repeated, they meet no row of weights in the same place
        if len(shape) > 1:
            width = (2 / elements(shape[1:])) ** 0.5
            values = [dice.gauss(0, width) for _ in some]
        elif name.endswith("running_var"):
            values = [dice.uniform(0.5, 1.5) for _ in some]
        elif name.endswith("weight"):
            values = [dice.uniform(0.3, 0.9) for _ in some]
        else:
            values = [dice.gauss(0, 0.1) for _ in some]
        tensors[name] = ("F16", shape, halves(count, values))
    return tensors


def safetensors(tensors, offsets=None, crc=False):
    """The bytes of a safetensors file. `offsets` replaces data_offsets by name; `crc` adds octet's two CRCs."""
    header, data, at = {}, [], 0
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    for name, pair in (offsets or {}).items():
        header[name]["data_offsets"] = pair
    data = b"".join(data)

    def text():
        return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    if crc:
        header["__metadata__"] = {"crc32": f"{zlib.crc32(data):08x}"}
        header["__metadata__"]["header_crc32"] = f"{zlib.crc32(text()):08x}"
    return struct.pack("<Q", len(text())) + text() + data


def read_safetensors(path):
    """(metadata, {name: (dtype, shape, bytes)})"""
    raw = pathlib.Path(path).read_bytes()
    size, = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8:8 + size])
    metadata = header.pop("__metadata__", {})
    data = raw[8 + size:]
    return metadata, {n: (t["dtype"], t["shape"], data[slice(*t["data_offsets"])]) for n, t in header.items()}


# ---- pictures -----------------------------------------------------------------------------------------------------


def png(seed, width=40, height=32):
    """A PNG of coloured noise over a gradient."""
    dice = random.Random(seed)
    colour = [dice.randrange(256) for _ in range(6)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            for c in range(3):
                shade = (colour[c] * (width - x) + colour[c + 3] * x) // width
                rows.append(max(0, min(255, shade + dice.randrange(-40, 41) - y)))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


def pictures(folder, classes=CLASSES, each=4, seed=0):
    """A data set: a folder with one folder per class."""
    folder = pathlib.Path(folder)
    for c, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(each):
            (folder / name / f"{i:03}.png").write_bytes(png(f"{seed} {c} {i}"))
    return folder


# ---- running ------------------------------------------------------------------------------------------------------


def run(program, *arguments, environment=None, timeout=600, cwd=None):
    """Runs the main example. Its latency is not what is tested here, so few runs of that will do."""
    return subprocess.run([program, "--latency-runs", "5", *map(str, arguments)], capture_output=True, text=True, errors="replace",
                          timeout=timeout, env=environment, cwd=cwd)


class Checks:
    """Counts what was checked and prints what failed."""

    def __init__(self):
        self.done = self.failed = 0

    def __call__(self, passed, what):
        self.done += 1
        if not passed:
            self.failed += 1
            print(f"FAIL {what}", flush=True)
        return bool(passed)

    def same(self, found, expected, what):
        return self(found == expected, f"{what}: expected {expected}, found {found}")

    def matches(self, text, pattern, what):
        return self(re.search(pattern, text), f"{what}: expected /{pattern}/ in:\n{text[:1500]}")

    def exit(self):
        print(f"{self.done} checks, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
