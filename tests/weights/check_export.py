#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_export.py [--update] [COMPILER FLAG...]: weights/export.py on torchvision's networks, on odd ones, and what it refuses.

Each header is compiled; the graph, the tensors and the observers that the compiler sees must be those that Python sees. Without
torch it is skipped (exit code 77).
"""
import contextlib
import io
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
import warnings
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
UPDATE = "--update" in sys.argv  # of refused.txt
COMPILER = [word for word in sys.argv[1:] if word != "--update"]
COMPILER = COMPILER or ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/include"]
sys.path.insert(0, str(ROOT / "weights"))
try:
    import torch
except ImportError:
    print("skipped: there is no torch")
    sys.exit(77)
try:
    import torchvision
except ImportError:
    torchvision = None

import export
from octet_check import compare
from octet_graph import fuse, graph_text, observers, parse_safetensors
from octet_header import header, struct_name
from octet_model import load_model
from octet_trace import trace

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def run(*arguments):
    """What export.py prints, and its exit code."""
    sys.argv, out = ["export.py", *map(str, arguments)], io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = export.main()
        except SystemExit as leaving:
            code = leaving.code
    return code, out.getvalue()


def names(nodes):
    return " ".join(node.name for node in nodes)


def with_random_statistics(model):
    """Batch norms that do something; they begin with mean 0 and variance 1."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and ("running" in name or tensor.dim() == 1):
            around_one = "var" in name or "weight" in name
            tensor.copy_(torch.rand(tensor.shape, generator=generator) * 0.5 + (0.75 if around_one else -0.25))
    return model


class Networks(unittest.TestCase):
    def export(self, spec, size, name, *more):
        """Exports a network with interesting batch norms and compares the header with Python's view. Returns the fused nodes."""
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder, "state.pth")
            torch.save(with_random_statistics(load_model(spec)).state_dict(), state)
            code, printed = run(spec, "--input", size, "--name", name, "--out", folder, "--state-dict", state, *more)
            self.assertEqual(code, 0, printed)
            self.assertRegex(printed, "\nchecked: these operations with these weights give the model's result, "
                                      "but for [0-9.e-]+ of its largest value\n$")
            model = load_model(spec, state_dict=state)
            traced = trace(model, tuple(map(int, size.split("x"))))
            fused = fuse(traced.nodes)
            tensors, metadata = parse_safetensors(Path(folder, f"{name}.safetensors").read_bytes())
            self.assertEqual(metadata.get("classes"), str(traced.nodes[-1].shape[2]))

            every_third = [None if i % 3 == 2 else 0 for i in range(len(fused))]
            expected = graph_text(fused) + "tensors\n"
            expected += "".join(sorted(f"{n} {' '.join(map(str, t.shape))}\n" for n, t in tensors.items())) + "observers\n"
            for o in observers(fused) + observers(fused, every_third):
                expected += f"{o.name} nodes {' '.join(map(str, o.nodes))} sees {' '.join(map(str, o.sees))}".rstrip() + "\n"
            graph, seen = self.compiled(folder, f"networks::{struct_name(name)}", f'"{name}.hpp"').split("tensors\n")
            seen, placed = seen.split("observers\n")
            placed = "".join(line.rstrip() + "\n" for line in placed.splitlines())
            self.assertEqual(graph + "tensors\n" + "".join(sorted(seen.splitlines(True))) + "observers\n" + placed, expected)
            lines = Path(folder, f"{name}.hpp").read_text().splitlines()
            self.assertEqual([line for line in lines if len(line) > 120], [])
            return fused

    def compiled(self, folder, net, include):
        """What print_graph.hpp prints about a network."""
        source, program = Path(folder, "print.cpp"), Path(folder, "print")
        source.write_text(f'#include {include}\n#include "print_graph.hpp"\nint main() {{ print_graph<{net}>(); }}\n')
        done = subprocess.run([*COMPILER, f"-I{HERE}", source, "-o", program], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[:3000])
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout

    def test_odd_net(self):
        fused = self.export(f"{HERE}/odd_net.py:OddNet", "3x41x53", "odd_net")
        self.assertEqual(names(fused), "input first relu6 second gate.0.left gate.0.right gate.0.mul cat avg_pool grouped act "
                                       "max_pool adaptive_avg_pool adaptive_avg_pool_1 add flatten head.0 head.2")
        self.assertEqual(fused[3].pad, (2, 1, 1, 1))  # two paddings, one after the other
        self.assertEqual(fused[5].pad, (0, 1, 0, 2))  # 'same' with an even kernel

    def test_mean_net_in_half_precision(self):
        self.export(f"{HERE}/odd_net.py:MeanNet", "1x9x9", "mean_net", "--dtype", "f16")

    def test_other_words(self):
        fused = self.export(f"{HERE}/odd_net.py:Wordy", "2x9x8", "wordy")
        self.assertEqual(names(fused), "input conv one add avg_pool max_pool mul mul_1 cat clamp clamp_1 pool.0 pool.1 pool.2 "
                                       "pool.3 adaptive_avg_pool flatten adaptive_avg_pool_1 flatten_1 add_1 fc add_2 clamp_2 "
                                       "relu6 mul_2")

    @unittest.skipUnless(torchvision, "there is no torchvision")
    def test_torchvision(self):
        for name, size in (("resnet18", "3x64x64"), ("resnet34", "3x64x64"), ("vgg11", "3x32x32"), ("squeezenet1_1", "3x64x64"),
                           ("mobilenet_v2", "3x64x64")):
            with self.subTest(name):
                self.export(f"torchvision.models:{name}", size, name)

    @unittest.skipUnless(torchvision, "there is no torchvision")
    def test_names_are_those_of_our_resnet18(self):
        nodes = trace(load_model("torchvision.models:resnet18"), (3, 224, 224)).nodes
        with tempfile.TemporaryDirectory() as folder:
            graph, _ = self.compiled(folder, "octet::models::ResNet18<>", "<octet/models/resnet18.hpp>").split("tensors\n")
        self.assertEqual(sorted(n.name for n in fuse(nodes)), sorted(line.split()[0] for line in graph.splitlines()))

    def test_the_same_model_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            for folder in (one, two):
                run(f"{HERE}/odd_net.py:OddNet", "--args", '{"classes": 3}', "--input", "3x41x53", "--name", "odd",
                    "--out", folder)
            for file in ("odd.hpp", "odd.safetensors"):
                self.assertEqual(Path(one, file).read_bytes(), Path(two, file).read_bytes())
            self.assertIn("odd_net.py:OddNet with {\"classes\": 3} (torch ", Path(one, "odd.hpp").read_text())

    def test_a_wrong_graph_is_noticed(self):
        model = load_model(f"{HERE}/odd_net.py:OddNet")
        traced = trace(model, (3, 41, 53))
        content = export.safetensors_bytes(export.stored(traced.tensors, "F32"), {})
        self.assertLess(compare(traced, content), 1e-6)
        i = next(i for i, node in enumerate(traced.nodes) if node.op == "AvgPool2d")
        traced.nodes[i] = replace(traced.nodes[i], include_pad=True)
        with self.assertRaisesRegex(export.Refused, "^avg_pool: octet would be off by "):
            compare(traced, content)

    def test_the_header(self):
        nodes = trace(load_model(f"{HERE}/odd_net.py:MeanNet"), (1, 9, 9)).nodes
        self.assertEqual(header(nodes, "mean_net", "odd_net.py:MeanNet"), (HERE / "mean_net.hpp").read_text())

    def test_weights_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "a.pth"), Path(folder, "a.safetensors")
            state = load_model(f"{HERE}/odd_net.py:OddNet").state_dict()
            torch.save({"state_dict": {"module." + name: tensor for name, tensor in state.items()}}, source)
            code, printed = run(source, target, "--classifier", "head.2.weight")
            self.assertEqual((code, printed), (0, f"{target}: 17 tensors, 15,579 values, {target.stat().st_size:,} bytes\n"))
            tensors, metadata = parse_safetensors(target.read_bytes())
            self.assertEqual(metadata, {"classes": "7", "format": "pt", "mean": "0.485,0.456,0.406", "std": "0.229,0.224,0.225"})
            for name, tensor in tensors.items():
                self.assertEqual(tensor.data, state[name].numpy().tobytes())
            code, printed = run(target, Path(folder, "a.json"), "--json")
            self.assertEqual(code, 0, printed)


class Refused(unittest.TestCase):
    """refused.txt is what a shell shows: a command, then what it says. Lines of refused_nets.py stand without their numbers."""

    def test_refused(self):
        transcript = HERE / "refused.txt"
        expected, found = transcript.read_text(), []
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            nets = Path("refused_nets.py")
            nets.write_text((HERE / nets).read_text())
            other = {"conv.weight": torch.ones(8, 3, 3, 3), "conv.bias": torch.ones(7), "fc.weights": torch.ones(4, 8)}
            torch.save(other, "other.pth")
            files = sorted(Path().iterdir())
            for command in re.findall(r"(?m)^\$ (.+)$", expected):
                with self.subTest(command):
                    code, printed = run(*shlex.split(command)[1:])
                    self.assertEqual(code, 1)
                    for number, line in re.findall(r"refused_nets\.py:(\d+): (.+)\)$", printed, re.MULTILINE):
                        self.assertIn(line, nets.read_text().splitlines()[int(number) - 1])
                    found.append(f"$ {command}\n" + re.sub(r"(refused_nets\.py):\d+:", r"\1:N:", printed))
            self.assertEqual([f for f in sorted(Path().iterdir()) if f.name != "__pycache__"], files)
        if UPDATE:
            transcript.write_text("".join(found))
        self.assertEqual("".join(found), expected)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
