#!/usr/bin/env python3
"""Gives the main example every kind of bad input: check_bad_input.py PROGRAM

Each must end it with an exit code that says so and with one message, which names the file and the tensor, picture or
option, and says what was expected and what was found. No half-written file may be left, and none that was there before
may be touched. With -v behind PROGRAM the messages are printed, to be read by somebody.
"""
import contextlib
import os
import pathlib
import re
import struct
import sys
import tempfile

import support
from support import pictures, resnet18, safetensors

check = support.Checks()
program = sys.argv[1]
verbose = "-v" in sys.argv


class Case:
    """One run in a folder of its own: `weights` and `data` are sound until replaced."""

    def __init__(self, folder, weights, data):
        self.folder = pathlib.Path(folder)
        self.weights, self.data = weights, data
        self.out = self.folder / "out"

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def fails(self, what, *patterns, options=(), left=()):
        """Runs the program and checks its message: each of `patterns` must be in it. Files in `left` may stay."""
        arguments = ["--weights", self.weights, "--out", self.out]
        if self.data:
            arguments += ["--data", self.data]
        done = support.run(program, *arguments, *options)
        progress = re.compile(r"^(calibrating|comparing) .*\n?", re.MULTILINE)
        message = progress.sub("", done.stderr.replace("\r", "\n")).strip()
        if verbose:
            print(f"--- {what} ({done.returncode})\n{message}")
        check(0 < done.returncode < 128, f"{what}: exit code {done.returncode}")
        check(not re.search(r"terminate called|Sanitizer|core dumped|std::|Traceback", message), f"{what}: {message}")
        check(message.count("resnet18: ") <= 1, f"{what}: more than one message:\n{message}")
        check.same(done.stdout.strip(), "", f"{what}: on stdout")
        for pattern in patterns:
            check.matches(message, pattern, what)
        found = sorted(p.name for p in self.out.iterdir()) if self.out.is_dir() else []
        check.same([name for name in found if name not in left], [], f"{what}: files left behind")
        check.same([str(p) for p in self.folder.rglob("*.tmp-*")], [], f"{what}: temporaries left behind")
        return message


def changed(tensors, **changes):
    """A copy with some tensors replaced: names with _ for ."""
    names = {name.replace(".", "_"): name for name in tensors}
    return {**tensors, **{names[key]: value for key, value in changes.items()}}


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    tensors = resnet18()
    good = safetensors(tensors, crc=True)
    weights = root / "good.safetensors"
    weights.write_bytes(good)
    data = pictures(root / "pictures", each=2)
    header_size, = struct.unpack_from("<Q", good)
    number = 0

    @contextlib.contextmanager
    def case():
        global number
        number += 1
        folder = root / f"case{number}"
        folder.mkdir()
        yield Case(folder, weights, data)

    # ---- the weights file
    with case() as c:
        c.weights = c.folder / "missing.safetensors"
        c.fails("missing weights", r"missing\.safetensors", "no such file|No such file")
    with case() as c:
        c.weights = c.folder
        c.fails("weights that are a folder", re.escape(str(c.folder)), "directory|folder")
    with case() as c:
        c.weights = c.write("empty.safetensors", b"")
        c.fails("empty weights", r"empty\.safetensors: is empty")
    for size, name in ((4, "length"), (1000, "header"), (len(good) // 2, "data"), (len(good) - 1, "last byte")):
        with case() as c:
            c.weights = c.write("cut.safetensors", good[:size])
            c.fails(f"weights cut short in the {name}", r"cut\.safetensors", "cut short|neither", *["expected.*found"] * (size > 4))
    with case() as c:
        c.weights = c.write("long.safetensors", good + b"\0" * 10)
        c.fails("weights with bytes behind the end", r"long\.safetensors", "belong to no tensor", "expected \\d+ bytes.*found \\d+")
    with case() as c:
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        c.weights = c.write("flipped.safetensors", flipped)
        c.fails("a flipped bit in the data", r"flipped\.safetensors: is damaged", "crc32")
    for at, what in ((3, "length"), (8, "first brace"), (8 + good[8:].index(b"fc.bias"), "name"), (8 + good[8:].index(b"crc32") + 9, "CRC"),
                     (8 + good[8:].index(b'"F16"') + 1, "type")):
        with case() as c:
            flipped = bytearray(good)
            flipped[at] ^= 4
            c.weights = c.write("flipped.safetensors", flipped)
            c.fails(f"a flipped bit in the header ({what})", r"flipped\.safetensors")
    with case() as c:
        c.weights = c.write("zip.pth", b"PK\x03\x04" + b"\0" * 100)
        c.fails("weights of torch.save", r"zip\.pth", "save_file")

    with case() as c:
        c.weights = c.write("good.safetensors", good[:-1])
        before = {name: c.write(f"out/{name}", name.encode()) for name in ("good_int8.safetensors", "report.json", "report.html")}
        c.fails("bad weights over what was there before", r"good\.safetensors", left=before)
        for name, path in before.items():
            check.same(path.read_bytes(), name.encode(), f"{name} of before")

    # ---- its tensors
    def bad_tensors(what, tensors, *patterns, offsets=None):
        with case() as c:
            c.weights = c.write("bad.safetensors", safetensors(tensors, offsets))
            return c.fails(what, r"bad\.safetensors", *patterns)

    bad_tensors("another model", {"encoder.weight": ("F32", [4], b"\0" * 16)}, "ResNet18", r"fc\.weight")
    bad_tensors("another model with a layer fc", {"fc.weight": tensors["fc.weight"], "encoder.weight": ("F32", [4], b"\0" * 16)},
                r"conv1\.weight: expected F32/F16/BF16 \[64, ?3, ?7, ?7\], found no such tensor",
                r"encoder\.weight: expected no such tensor, found F32 \[4\]")
    bad_tensors("a tensor of another shape", changed(tensors, conv1_weight=("F16", [64, 3, 3, 3], b"\0" * 3456)),
                r"conv1\.weight: expected F32/F16/BF16 \[64, ?3, ?7, ?7\], found F16 \[64, ?3, ?3, ?3\]")
    message = bad_tensors("a tensor of another type",
                          changed(tensors, layer2_0_bn1_bias=("I8", [128], b"\0" * 128), fc_bias=("F64", [5], b"\0" * 40)),
                          r"layer2\.0\.bn1\.bias: expected F32/F16/BF16 \[128\], found I8 \[128\]", r"fc\.bias: .*found F64 \[5\]")
    check.same(message.count("expected"), 3, "one line for each tensor, one for the file")
    bad_tensors("overlapping tensors", tensors, r"overlap", r"expected data_offsets.*found", offsets={"bn1.bias": [0, 128]})
    bad_tensors("a tensor outside of the file", tensors, "fc.bias", "cut short|found", offsets={"fc.bias": [2**40, 2**40 + 10]})
    bad_tensors("offsets backwards", tensors, "fc.bias", "data_offsets", offsets={"fc.bias": [20, 10]})
    nan = tensors["layer3.0.conv2.weight"][2]
    bad_tensors("a NaN", changed(tensors, layer3_0_conv2_weight=("F16", [256, 256, 3, 3], nan[:1000] + b"\xff\x7f" + nan[1002:])),
                r"layer3\.0\.conv2\.weight: expected finite values, found NaN at flat index 500")
    bad_tensors("a negative variance", changed(tensors, bn1_running_var=("F16", [64], support.halves(64, [-0.5]))),
                r"bn1\.running_var: expected variances of 0 or more, found -0\.5")
    largest = {name: ("F16", shape, support.halves(support.elements(shape), [65504.0]))
               for name, (_, shape, _) in tensors.items() if len(shape) == 4}
    with case() as c:  # each is finite, what the network makes of them is not
        c.weights = c.write("bad.safetensors", safetensors({**tensors, **largest}))
        c.fails("weights that overflow into NaN", r"calibration: tensor fc holds a NaN", "expected finite values")
    with case() as c:
        ones = {"fc.weight": ("F16", [5, 512], support.halves(2560, [1.0]))}
        c.weights = c.write("bad.safetensors", safetensors({**tensors, **largest, **ones}))
        c.fails("weights that overflow into infinity", r"calibration: tensor \S+ held no finite value", "expected some")
    bad_tensors("a number of classes that nobody compiled", resnet18(classes=7), r"fc\.weight has 7 classes", r"5, 10, 102, 1000",
                r"Add 7 to KnownClasses in examples/resnet18_networks\.hpp")
    bad_tensors("fc.weight of one dimension", changed(tensors, fc_weight=("F16", [2560], b"\0" * 5120)), r"fc\.weight", r"expected",
                "found 1 dimensions")
    bad_tensors("zero classes", changed(tensors, fc_weight=("F16", [0, 512], b""), fc_bias=("F16", [0], b"")), r"fc\.weight")

    # ---- pictures
    with case() as c:
        c.data = None
        c.fails("five classes and drawn flowers of 102 kinds", r"good\.safetensors", "5 classes", "102", "--data")
    with case() as c:
        c.data = c.folder / "nowhere"
        c.fails("missing pictures", "nowhere: expected a folder of images, found nothing")
    with case() as c:
        c.data = weights
        c.fails("a file for pictures", r"good\.safetensors: expected a folder of images, found a file")
    with case() as c:
        c.data = c.folder / "empty"
        c.data.mkdir()
        c.fails("an empty folder", "empty: expected one folder of images per class, found no folder")
    with case() as c:
        c.data = pictures(c.folder / "hollow", each=1)
        (c.data / "elm" / "000.png").unlink()
        c.fails("a class without pictures", "hollow: expected .* in every class folder", "elm")
    with case() as c:
        c.data = pictures(c.folder / "four", support.CLASSES[:4], each=1)
        c.fails("four classes for five", "four has 4 class folders", "5 classes", r"good\.safetensors")
    for name, content, said in (("text", b"This is no picture.\n", "another kind of file"), ("empty", b"", "an empty file"),
                                ("cut", support.png(1)[:300], "broken PNG"),
                                ("huge", support.png(1)[:16] + struct.pack(">II", 60000, 60000) + support.png(1)[24:], "PNG|pixels")):
        with case() as c:
            c.data = pictures(c.folder / "pictures", each=2)
            for kind in support.CLASSES:
                (c.data / kind / "000.png").write_bytes(content)
                (c.data / kind / "001.png").write_bytes(content)
            c.fails(f"pictures that are none ({name})", r"\d{3}\.png: expected a JPEG or PNG image, found", said)
    with case() as c:  # found after the int8 model is written, which is whole and may stay
        c.data = pictures(c.folder / "pictures", each=1)
        c.write("pictures/ash/000.png", b"no picture")
        c.fails("a test picture that is none", r"ash/000\.png: expected a JPEG or PNG image, found another kind of file",
                options=["--calibration-data", data], left=["good_int8.safetensors"])

    # ---- calibration
    with case() as c:
        c.fails("no calibration pictures asked for", "calibrat", "images", options=["--calibration-images", 0])
    with case() as c:
        (c.folder / "none").mkdir()
        c.fails("an empty calibration folder", r"none: expected .* files, found none", options=["--calibration-data", c.folder / "none"])
    with case() as c:
        c.fails("a missing calibration folder", "nowhere: expected a folder of images", options=["--calibration-data", c.folder / "nowhere"])
    with case() as c:
        c.data = pictures(c.folder / "pictures", each=1)
        for kind in support.CLASSES[1:]:
            (c.data / kind / "000.png").rename(c.data / "ash" / f"{kind}.png")
            (c.data / kind / "more").mkdir()
        c.fails("classes of which all but one are empty", "birch", "elm")

    # ---- output
    with case() as c:
        c.out = c.write("file", b"here already") / "out"
        c.fails("an output folder below a file", "file/out", "cannot make|cannot be written")
        check.same((c.folder / "file").read_bytes(), b"here already", "the file in the way")
    with case() as c:
        c.out = c.write("file", b"here already")
        c.fails("an output folder that is a file", "file", "cannot|expected a folder")
        check.same(c.out.read_bytes(), b"here already", "the file in the way")
    if pathlib.Path("/proc/self").is_dir():
        with case() as c:
            c.out = pathlib.Path("/proc/octet")
            c.fails("an output folder where nobody can write", "/proc/octet", "cannot")
    if os.geteuid() != 0:  # root can write everywhere
        with case() as c:
            c.out.mkdir()
            c.out.chmod(0o500)
            c.fails("an output folder that is read-only", "out", "cannot be written")
    with case() as c:
        c.out.mkdir()
        (c.out / "good_int8.safetensors").mkdir()
        c.fails("a folder where the int8 file goes", r"good_int8\.safetensors", "is a directory", left=["good_int8.safetensors"])
    with case() as c:
        c.fails("a folder where the JSON goes", re.escape(str(c.folder)), "is a directory", options=["--json", c.folder],
                left=["good_int8.safetensors"])
    with case() as c:
        c.fails("JSON below a file", "--json: cannot make the folder", r"good\.safetensors",
                options=["--json", weights / "below" / "x.json"])

    # ---- options
    for what, options, *patterns in (
        ("an unknown qconfig", ["--qconfig", "int4"], "--qconfig int4: expected x86, fbgemm or onednn"),
        ("an unknown option", ["--colour", "blue"], "--colour"),
        ("an argument too many", ["blue"], "blue"),
        ("a negative number of pictures", ["--images", -1], "--images", "-1"),
        ("no number", ["--calibration-images", "many"], "--calibration-images", "many"),
        ("too many threads", ["--threads", 100000], "--threads", "100000"),
        ("two means", ["--mean", "0.5,0.5"], "--mean"),
        ("a mean that is no number", ["--mean", "a,b,c"], "--mean"),
        ("a deviation of zero", ["--std", "0,1,1"], "std"),
        ("a mean that is not finite", ["--mean", "nan,0,0"], "mean"),
        ("an option without its value", ["--out"], "--out"),
    ):
        with case() as c:
            c.fails(what, *patterns, options=options)

check.exit()
