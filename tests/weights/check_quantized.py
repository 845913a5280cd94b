#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_quantized.py [COMPILER FLAG...]: int8 networks from PyTorch to octet and back, with the same logits, bit for bit.

There: PyTorch calibrates and converts, export_quantized.py writes the file, and run_int8.cpp, compiled here, loads and runs it.
Back: run_int8.cpp calibrates, converts and saves; import_quantized.py puts the file into PyTorch's network. --side SIDE and
--network NAME run only those. Without torch and torchvision it is skipped (exit code 77), engines x86 and onednn also without
AVX-512 VNNI, where PyTorch computes something else.
"""
import argparse
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
try:
    import torch
    import torchvision  # noqa: F401, make_networks needs it
except ImportError:
    print("skipped: there is no torch, or no torchvision")
    sys.exit(77)
sys.path[:0] = [str(HERE.parent / "golden"), str(ROOT / "weights")]

from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

import make_import_fixture as fixture
import make_networks
from export_quantized import export_quantized, numerics_of
from import_quantized import put
from octet_graph import Refused, StoredTensor, safetensors_bytes
from recipe import bits

CASES = [("resnet18", "x86", 64), ("resnet18", "qnnpack", 64), ("resnet18", "fbgemm", 64), ("resnet18", "x86", 224),
         ("mobilenet_v2", "x86", 64), ("squeezenet1_1", "onednn", 64)]
HEADERS = {"resnet18": ("ResNet18", "resnet18"), "mobilenet_v2": ("MobileNetV2", "mobilenet_v2"),
           "squeezenet1_1": ("SqueezeNet11", "squeezenet")}
TESTS = 3  # images

options = argparse.ArgumentParser(add_help=False)
options.add_argument("--network")
options.add_argument("--side", type=int)
OPTIONS, COMPILER = options.parse_known_args()
COMPILER = COMPILER or ["g++", "-std=c++20", "-O2", "-march=native", "-ffp-contract=off", f"-I{ROOT}/include"]


def converted(network, engine, side):
    """PyTorch's int8 network and the images it was calibrated with."""
    torch.backends.quantized.engine = engine
    batches, size = 2, 8 if side < 100 else 3
    images = make_networks.images(side, 0, batches * size)
    prepared = prepare_fx(make_networks.network(network), get_default_qconfig_mapping(engine), (images[:1],))
    for batch in images.split(size):
        prepared(batch)
    return convert_fx(prepared), images


def logits(model, images):
    """As run_int8.cpp prints them."""
    with fixture.clamps_repaired(model):
        return [[bits(logit) for logit in row] for row in model(images)]


def runs_here(engine):
    return engine not in ("x86", "onednn") or torch.cpu._is_vnni_supported()


class Fixture(unittest.TestCase):
    """The files of tests/data/golden/import, which octet's own test loads."""

    FOLDER = HERE.parent / "data/golden/import"

    @torch.no_grad()
    def test_back(self):
        lines = [line.split() for line in (self.FOLDER / "logits.txt").read_text().splitlines()]
        for name, qconfig in fixture.QCONFIGS.items():
            if not runs_here(numerics_of(qconfig)):
                continue
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                image, file, again = fixture.images(0, 1), self.FOLDER / f"{name}.safetensors", Path(folder, "again.safetensors")
                model = fixture.converted(name, prefix="other ")
                expected = [words[2:] for words in lines if words[0] == name]
                tests = fixture.images(100, len(expected))
                self.assertNotEqual(logits(model, tests), expected)
                put(file, model, image)
                self.assertEqual(logits(model, tests), expected)
                export_quantized(model, again, image, qconfig)
                self.assertEqual(again.read_bytes(), file.read_bytes())

    def test_qconfigs(self):
        names = "default", "onednn", "type Linear none; global qnnpack", "global mine; module x86 none"
        self.assertEqual([numerics_of(name) for name in names], ["fbgemm", "onednn", "qnnpack", None])
        image, target = fixture.images(0, 1), Path("never written")
        with self.assertRaisesRegex(Refused, "^mine: which numerics is this qconfig for. Please say\n  fbgemm, "):
            export_quantized(fixture.converted("fbgemm"), target, image, "mine")
        with self.assertRaisesRegex(Refused, "left: with qconfig default 1 weight scales are expected, found 8\n"):
            export_quantized(fixture.converted("fbgemm"), target, image, "default")
        self.assertFalse(target.exists())


class BothWays(unittest.TestCase):
    def program(self, folder, network, engine, side):
        struct, header = HEADERS[network]
        program = folder / "run_int8"
        definitions = [f"-DNET=models::{struct}<{make_networks.CLASSES}, {side}>", f"-DQCONFIG=qconfig::{engine}",
                       f'-DHEADER="octet/models/{header}.hpp"']
        done = subprocess.run([*COMPILER, *definitions, HERE / "run_int8.cpp", "-o", program], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[:3000])

        def run(*arguments):
            done = subprocess.run([program, *arguments], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return [line.split() for line in done.stdout.splitlines()]

        return run

    def both_ways(self, folder, network, engine, side):
        int8, images = converted(network, engine, side)
        tests = make_networks.images(side, 1000, TESTS)
        half = images[:len(images) // 2]  # so that octet's scales are not PyTorch's
        for name, pixels in ("images", tests), ("calibration", half):
            (folder / name).write_bytes(pixels.permute(0, 2, 3, 1).contiguous().numpy().tobytes())
        run = self.program(folder, network, engine, side)

        there, back = folder / "there.safetensors", folder / "back.safetensors"

        export_quantized(int8, there, tests[:1], engine)
        expected = logits(int8, tests)
        self.assertEqual(run("load", there, folder / "images"), expected)
        self.assertEqual(len(set(map(tuple, expected))), TESTS)

        state = make_networks.network(network).state_dict()
        floats = {n: StoredTensor("F32", tuple(v.shape), v.numpy().tobytes()) for n, v in state.items() if v.is_floating_point()}
        (folder / "float.safetensors").write_bytes(safetensors_bytes(floats, {"format": "pt"}))
        found = run("convert", folder / "float.safetensors", folder / "calibration", back, folder / "images")
        put(back, int8, tests[:1])
        self.assertEqual(found, logits(int8, tests))
        self.assertNotEqual(found, expected)

    def test_both_ways(self):
        ran = 0
        for network, engine, side in CASES:
            if OPTIONS.network not in (None, network) or OPTIONS.side not in (None, side):
                continue
            if not runs_here(engine):
                print(f"{network} {engine} {side}: skipped, no AVX-512 VNNI")
                continue
            with self.subTest(network=network, engine=engine, side=side), tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                with torch.no_grad():
                    self.both_ways(Path(folder), network, engine, side)
                print(f"{network} {engine} {side}: {time.perf_counter() - start:.0f} s", flush=True)
                ran += 1
        self.assertGreater(ran, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], warnings="ignore")
