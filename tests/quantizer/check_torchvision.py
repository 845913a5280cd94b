#!/usr/bin/env python3
"""Exports networks, builds a quantizer of each with CMake, and runs it: check_torchvision.py OCTET_SOURCE [NETWORK...]

NETWORK: squeezenet1_1, mobilenet_v2, odd_net; without one, all of them. Needs torch, torchvision and safetensors: run it
with a Python that has them, else it is skipped (exit code 77). The weights are random, so that nothing is downloaded, and
so are the pictures; compile times and figures are printed. ARCH in the environment chooses another architecture than
this machine's best.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(source / "tests" / "flow"))
import support

try:
    import torch
    import torchvision  # noqa: F401
    import safetensors  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NETWORKS = {"squeezenet1_1": ("torchvision.models:squeezenet1_1", "3x224x224", 1000),
            "mobilenet_v2": ("torchvision.models:mobilenet_v2", "3x224x224", 1000),
            "odd_net": (f"{source}/tests/weights/odd_net.py:OddNet", "3x41x53", 7)}
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(quantizers LANGUAGES CXX)
add_subdirectory({source} octet)
octet_add_quantizer(TARGET {name} HEADER {name}.hpp ARCHS {arch})
"""
cpu = pathlib.Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
best = "avx512vnni" if "avx512_vnni" in cpu else "avx2" if "avx2" in cpu else "generic"
arch = os.environ.get("ARCH", best)
check = support.Checks()


def settle(model, shape):
    """Batch norms get the statistics of some images: with those they are born with, random networks fade to nothing."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    model.train()
    with torch.no_grad():
        model(torch.randn(8, *shape))
    return model.eval()


def random_weights(name, folder):
    """A state_dict for the network, as a file."""
    torch.manual_seed(1)
    spec, size, _ = NETWORKS[name]
    module, callable_ = spec.rsplit(":", 1)
    if module.endswith(".py"):
        namespace = {}
        exec(pathlib.Path(module).read_text(), namespace)  # what export.py imports
        model = namespace[callable_]()
    else:
        model = getattr(__import__(module, fromlist=["x"]), callable_)(weights=None)
    path = folder / f"{name}.pth"
    torch.save(settle(model, [int(n) for n in size.split("x")]).state_dict(), path)
    return path


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace")
    said = (done.stdout + done.stderr)[-2000:]
    if not check(done.returncode == 0, f"{command[0]} {command[1]} ends with {done.returncode}:\n{said}"):
        check.exit()
    return done.stdout


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    for name in sys.argv[2:] or NETWORKS:
        spec, size, classes = NETWORKS[name]
        work = root / name
        work.mkdir()
        run(sys.executable, source / "weights" / "export.py", spec, "--state-dict", random_weights(name, work), "--input", size,
            "--name", name, "--out", work)
        (work / "CMakeLists.txt").write_text(CMAKE.format(source=source, name=name, arch=arch))
        run("cmake", "-S", work, "-B", work / "build", "-DCMAKE_BUILD_TYPE=Release")
        before = os.times()
        run("cmake", "--build", work / "build")
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        data = support.pictures(work / "pictures", [f"{i:04}" for i in range(classes)], each=1 if classes > 100 else 12)
        more = support.pictures(work / "more", ["all"], each=60, seed=1)
        for qconfig in ("x86", "fbgemm", "onednn", "qnnpack", "default"):
            out = work / qconfig
            run(work / "build" / name, "--data", data, "--calibration-data", more, "--images", 200, "--qconfig", qconfig,
                "--out", out, "--latency-runs", 20)
            report = json.loads((out / "report.json").read_text())
            latency = [report[side]["latency_ms"]["1"]["median"] for side in ("float", "int8")]
            print(f"{name} {qconfig}: agreement {report['agreement']:.1%}, logit SQNR {report['logit_sqnr_db']:.1f} dB, "
                  f"one thread {latency[0]:.2f} ms in float, {latency[1]:.2f} in int8, {report['arch']}; "
                  f"compiled in {seconds:.0f} s", flush=True)
            check(report["logit_sqnr_db"] > 8, f"{name} {qconfig}: SQNR {report['logit_sqnr_db']}")
            check.same((report["classes"], report["coverage_macs"]), (classes, 100), f"{name}: classes and coverage")
            for file in (f"{name}_int8.safetensors", "report.html"):
                check((out / file).is_file(), f"{name}: no {file}")

check.exit()
