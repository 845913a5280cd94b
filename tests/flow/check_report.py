#!/usr/bin/env python3
"""Runs the main example on made-up weights and pictures: check_report.py PROGRAM

Its report.json has what it promises, its files do not depend on when and on how many threads they were made, its
options do what they say, and report.html is sound in a browser, where there is one.
"""
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import support

check = support.Checks()
program = sys.argv[1]
check_html = pathlib.Path(__file__).resolve().parent.parent / "report" / "check_html.py"

KEYS = """float.top1 int8.top1 agreement logit_sqnr_db float.latency_ms.1.median float.latency_ms.1.min
float.latency_ms.all.median float.latency_ms.all.min int8.latency_ms.1.median int8.latency_ms.1.min
int8.latency_ms.all.median int8.latency_ms.all.min float.bytes int8.bytes
float.parameter_bytes int8.parameter_bytes arena_bytes coverage_macs images classes
qconfig arch threads layers""".split()


def value(report, key):
    for part in key.split("."):
        report = report[part]
    return report


def number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x)


def check_report(report, images):
    missing = []
    for key in KEYS:
        try:
            value(report, key)
        except (KeyError, TypeError):
            missing.append(key)
    if not check.same(missing, [], "keys missing from report.json"):
        return
    for key in ("float.top1", "int8.top1", "agreement"):
        x = value(report, key)
        check(number(x) and 0 <= x <= 1 and abs(x * images - round(x * images)) < 1e-9, f"{key} is {x}, of {images} images")
    check(report["agreement"] >= 0.7, f"agreement is {report['agreement']}")
    check(8 < report["logit_sqnr_db"] < 80, f"logit_sqnr_db is {report['logit_sqnr_db']}")
    for side in ("float", "int8"):
        for threads in ("1", "all"):
            ms = report[side]["latency_ms"][threads]
            check(0.1 < ms["min"] <= ms["median"] < 60000, f"{side}.latency_ms.{threads} is {ms}")
    check.same(report["images"], images, "images")
    check.same(report["classes"], 5, "classes")
    check(report["arch"] in ("generic", "avx2", "avxvnni", "avx512vnni", "neon", "neon_dot"), f"arch is {report['arch']}")
    weights = sum(support.elements(shape) for shape in support.resnet18_shapes(5).values())
    check.same(report["float"]["bytes"], 4 * weights, "float.bytes")
    check(report["int8"]["bytes"] <= 0.26 * report["float"]["bytes"], f"int8.bytes is {report['int8']['bytes']}")
    check(112 * 112 * 64 <= report["arena_bytes"] < 2 * 1024 * 1024, f"arena_bytes is {report['arena_bytes']}")
    check.same(report["coverage_macs"], 100, "coverage_macs")

    layers = report["layers"]
    names = [layer["name"] for layer in layers]
    check(len(set(names)) == len(names), f"layer names are not unique: {names}")
    expected = {name.removesuffix(".weight") for name, shape in support.resnet18_shapes(5).items() if len(shape) > 1}
    check(expected <= set(names), f"layers not reported: {expected - set(names)}")
    check(30 <= len(layers) <= 40, f"{len(layers)} layers")
    for layer in layers:
        check({"name", "type", "sqnr_db", "scale", "zero_point"} <= set(layer), f"keys of layer {layer}")
        check(layer["type"] and layer["scale"] > 0 and 0 <= layer["zero_point"] <= 255, f"layer {layer}")
        check(number(layer["sqnr_db"]) and 5 < layer["sqnr_db"] < 90, f"SQNR of layer {layer}")
    check(sum(layer["type"] in ("Conv2d", "ConvReLU2d") for layer in layers) == 20, "20 convolutions")
    check(sum("add" in layer["type"].lower() for layer in layers) == 8, "8 additions")


def check_profile(profile, layers):
    """A row for each step that runs; what PyTorch calls a layer may be part of another's step."""
    machine, rows = profile["machine"], profile["layers"]
    check(all(x > 0 for x in (machine["int8_gmacs"], machine["float_gmacs"], *(m["gb_per_s"] for m in machine["memory"]))),
          f"machine of the profile: {machine}")
    check.same([m["level"] for m in machine["memory"]], ["L2", "L3", "DRAM"], "levels of the profile")
    check.same({row["name"]: row["macs"] for row in rows if row["macs"]}, {layer["name"]: layer["macs"] for layer in layers if layer["macs"]},
               "MACs of the profile")
    for row in rows:
        check(row["us"] > 0 and row["best_us"] > 0 and row["bound"] in ("compute", "L2", "L3", "DRAM"), f"step {row}")
        if row["macs"]:
            check(row["algorithm"] in ("direct", "winograd") and row["weight_bytes"] > 0 and row["gmacs"] > 0 and row["of_peak"] > 0,
                  f"step {row}")
            # Direct kernels want scratch memory where the input is widened once for all filters, two bytes each, and whole vectors.
            direct = row["scratch_bytes"] == 0 or (row["int8"] and row["scratch_bytes"] <= 2 * row["activation_bytes"] + 128)
            check(row["scratch_bytes"] > 0 if row["algorithm"] == "winograd" else direct, f"scratch memory of step {row}")


def check_int8_file(path, report):
    """The file that Python sees is the model that the report speaks of."""
    metadata, tensors = support.read_safetensors(path)
    check.same(path.stat().st_size, report["int8"]["bytes"], "int8.bytes")
    check.same(metadata.get("hash"), report.get("hash"), "hash of the int8 file")
    for name, shape in support.resnet18_shapes(5).items():
        if len(shape) > 1:
            layer = name.removesuffix(".weight")
            check.same([tensors[f"{layer}.{part}"][0] for part in ("weight", "weight_scale", "bias")], ["I8", "F32", "F32"], f"types of {layer}")
            check.same(tensors[name][1], [shape[0], *shape[2:], shape[1]], f"shape of {name}")
            check(len(set(tensors[name][2])) > 100, f"{name} uses {len(set(tensors[name][2]))} of 256 integers")


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    weights = root / "random.safetensors"
    weights.write_bytes(support.safetensors(support.resnet18()))
    data = support.pictures(root / "pictures", each=4)
    elsewhere = support.pictures(root / "elsewhere", each=3, seed=1)

    def run(name, *options):
        """Runs and gives back the report, the int8 file and what was printed."""
        out = root / name
        done = support.run(program, "--weights", weights, "--data", data, "--out", out, *options)
        if not check(done.returncode == 0, f"{name} ends with {done.returncode}: {done.stderr}"):
            check.exit()
        report = next(path for path in (out / "report.json", root / f"{name}.json") if path.exists())
        files = sorted(p.name for p in out.iterdir())
        check.same(files, sorted({"random_int8.safetensors", "report.html", *(["report.json"] if report.parent == out else [])}), f"{name}: files")
        return json.loads(report.read_text()), (out / "random_int8.safetensors").read_bytes(), done.stdout

    one, file_one, printed = run("one", "--threads", 1)
    check_report(one, images=10)  # half of the 20 pictures went into calibration
    check_int8_file(root / "one" / "random_int8.safetensors", one)
    check.same((one["threads"], one["qconfig"]), (1, "x86"), "threads and qconfig")
    for word in ("top-1", "agreement", "SQNR", "latency", "arena", "random_int8.safetensors", "report.json", "report.html"):
        check(word in printed, f"{word} is not in the summary:\n{printed}")

    two, file_two, _ = run("two", "--threads", 2)
    check.same(two["threads"], 2, "threads")
    check(file_two == file_one, "the int8 file depends on the number of threads, or on the run")
    for key in ("float.top1", "int8.top1", "agreement", "logit_sqnr_db", "hash", "layers"):
        check(value(two, key) == value(one, key), f"{key} depends on the number of threads, or on the run")

    other, file_other, printed = run("other", "--qconfig", "onednn", "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25", "--seed", 7, "--images", 4,
                                     "--calibration-data", elsewhere, "--calibration-images", 6, "--json", root / "other.json", "--print", "--profile",
                                     "--threads", 2)
    check_report(other, images=4)
    check.same(other["qconfig"], "onednn", "qconfig")
    check.same(one["profile"], None, "profile without --profile")
    check_profile(other["profile"], other["layers"])
    check.matches(printed, r"profile +type +algorithm .*\bat best\b.*\n.*\nin", "--profile")
    check(file_other != file_one, "other settings, the same int8 file")
    metadata, tensors = support.read_safetensors(root / "other" / "random_int8.safetensors")
    check.same(metadata["qconfig"], "onednn", "qconfig of the file")
    lines = {line.split()[0]: line for line in printed.splitlines() if "scale=" in line}  # one for each layer
    for layer in other["layers"]:
        said = re.search(r"scale=([0-9.e-]+), zero_point=(\d+)", lines.get(layer["name"], ""))
        check(said and abs(float(said[1]) / layer["scale"] - 1) < 1e-4 and int(said[2]) == layer["zero_point"],
              f"--print: {layer['name']}: {said and said[0]}, report.json: {layer['scale']}, {layer['zero_point']}")
    check.matches(printed, r"\sConvReLU2d\(3, 64, kernel_size=\(7, 7\).*\sQuantizedConvReLU2d\(", "--print")

    html = root / "one" / "report.html"
    browser = subprocess.run([sys.executable, check_html, html, "--min-plots", "10"], capture_output=True, text=True)
    print(browser.stdout.strip())
    check(browser.returncode in (0, 77), f"report.html: {browser.stdout}{browser.stderr}")
    check(b"http://" not in html.read_bytes().replace(b"http://www.w3.org/", b""), "report.html points elsewhere")

check.exit()
