#!/usr/bin/env python3
"""Runs a program of octet_add_quantizer on made-up weights and pictures: check_quantizer.py PROGRAM FOLDER

PROGRAM was built from FOLDER/tiny_net.hpp. The weights that it looks for beside the header are written by this test.
"""
import json
import pathlib
import random
import re
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import support

check = support.Checks()
program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
SHAPES = {"conv.weight": [8, 3, 3, 3], "norm.weight": [8], "norm.bias": [8], "norm.running_mean": [8], "norm.running_var": [8],
          "more.weight": [16, 8, 3, 3], "more.bias": [16], "fc.weight": [5, 16], "fc.bias": [5]}


def tiny_net(metadata=None):
    """The bytes of a weights file for tiny_net.hpp."""
    dice = random.Random(3)
    tensors = {}
    for name, shape in SHAPES.items():
        if len(shape) > 1:
            values = [dice.gauss(0, (4 / support.elements(shape[1:])) ** 0.5) for _ in range(support.elements(shape))]
        else:
            positive = name in ("norm.weight", "norm.running_var")
            values = [dice.uniform(0.5, 1.5) if positive else dice.gauss(0, 0.2) for _ in range(shape[0])]
        tensors[name] = ("F32", shape, struct.pack(f"<{len(values)}f", *values))
    raw = support.safetensors(tensors)
    if metadata is None:
        return raw
    size, = struct.unpack_from("<Q", raw)
    header = json.dumps({"__metadata__": metadata, **json.loads(raw[8:8 + size])}).encode()
    return struct.pack("<Q", len(header)) + header + raw[8 + size:]


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    (folder / "tiny_net.safetensors").write_bytes(tiny_net())
    data = support.pictures(root / "pictures", each=6)

    def run(name, *options):
        """Runs; gives back the report and the int8 file."""
        out = root / name
        done = support.run(program, "--data", data, "--out", out, *options)
        if not check(done.returncode == 0, f"{name} ends with {done.returncode}: {done.stderr}"):
            check.exit()
        int8 = list(out.glob("*_int8.safetensors"))
        check.same(sorted(p.name for p in out.iterdir()), sorted([int8[0].name, "report.html", "report.json"]), f"{name}: files")
        report = json.loads((out / "report.json").read_text())
        print(f"{name}: agreement {report['agreement']:.1%}, logit SQNR {report['logit_sqnr_db']:.1f} dB")
        return report, int8[0].read_bytes()

    def fails(what, *patterns, options=(), pictures=data):
        done = support.run(program, *(["--data", pictures] if pictures else []), "--out", root / "none", *options)
        check(0 < done.returncode < 128, f"{what}: exit code {done.returncode}")
        check(not re.search(r"terminate called|core dumped|std::", done.stderr), f"{what}: {done.stderr}")
        check(not (root / "none").exists() or not list((root / "none").iterdir()), f"{what}: files left behind")
        for pattern in patterns:
            check.matches(done.stderr, pattern, what)

    # ---- as it is, and with each qconfig
    report, plain = run("plain")
    check.same((report["qconfig"], report["classes"], report["images"], report["network"]), ("x86", 5, 15, "tiny_net"), "report")
    check(report["agreement"] >= 0.8, f"agreement is {report['agreement']}")
    check(report["logit_sqnr_db"] > 15, f"logit SQNR is {report['logit_sqnr_db']}")
    check.same([layer["name"] for layer in report["layers"]], ["input", "conv", "more", "pool", "flatten", "fc"], "layers")
    check(run("again", "--threads", 2)[1] == plain, "another run, or number of threads, gives another int8 file")
    for qconfig in ("fbgemm", "onednn", "qnnpack", "default"):
        report, _ = run(qconfig, "--qconfig", qconfig)
        check.same(report["qconfig"], qconfig, "qconfig")
        metadata, _ = support.read_safetensors(root / qconfig / "tiny_net_int8.safetensors")
        check.same(metadata["qconfig"], qconfig, "qconfig of the file")

    # ---- preprocessing
    other = root / "tiny_net.safetensors"
    other.write_bytes(tiny_net({"mean": "0.5,0.25,0.125", "std": "0.5,0.25,0.5"}))
    _, from_file = run("from_file", "--weights", other)
    _, from_options = run("from_options", "--mean", "0.5,0.25,0.125", "--std", "0.5,0.25,0.5")
    check(from_file == from_options, "mean and std of the weights file are not those of the options")
    check(from_file != plain, "mean and std change nothing")
    _, given = run("given", "--weights", other, "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")
    check(given == plain, "options do not go before the weights file")
    check(run("whole", "--resize", 24, "--crop", 24)[1] == plain, "24 pixels are not the default")
    check(run("cut", "--resize", 32)[1] != plain, "--resize changes nothing")
    check(run("shrunk", "--resize", 32, "--crop", 32)[1] != plain, "--crop changes nothing")

    # ---- what cannot work
    fails("no pictures", r"--data is needed.*one folder per class, 5 as the network has outputs", pictures=None)
    four = support.pictures(root / "four", support.CLASSES[:4], each=1)
    fails("four classes for five", "four has 4 class folders", "5 classes", pictures=four)
    fails("an unknown qconfig", "--qconfig int4: expected x86, fbgemm, onednn, qnnpack or default", options=["--qconfig", "int4"])
    other.write_bytes(support.safetensors({"fc.weight": ("F32", [5, 8], b"\0" * 160), "stem.weight": ("F32", [2], b"\0" * 8)}))
    fails("weights of another network", r"fc\.weight: expected F32/F16/BF16 \[5, ?16\], found F32 \[5, ?8\]",
          r"stem\.weight: expected no such tensor", options=["--weights", other])
    other.write_bytes(tiny_net({"mean": "some"}))
    fails("a mean that is none", r"metadata mean: expected three numbers", options=["--weights", other])
    fails("no weights", "nowhere.safetensors", "no such file|No such file", options=["--weights", root / "nowhere.safetensors"])

    shown = support.run(program, "--help")
    check.same(shown.returncode, 0, "--help")
    for text in ("tiny_net", str(folder / "tiny_net.safetensors"), "x86, fbgemm, onednn, qnnpack or default", "--crop"):
        check(text in shown.stdout, f"{text} is not in --help:\n{shown.stdout}")

check.exit()
