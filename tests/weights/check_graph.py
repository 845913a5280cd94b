#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weights/octet_graph.py on graphs and files written out here. Python's standard library is all it takes."""
import struct
import sys
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "weights"))

from octet_graph import (Node, Refused, StoredTensor, float_bits, fnv1a, fuse, graph_hash, graph_text, inferred_shape, model_hash,
                         observers, parse_safetensors, safetensors_bytes, unique, weight_shape)


def chain(*operations):
    """Nodes of 4 x 4 x 8, each reading the one before, or those that are given with it: "Add", or ("Add", 1, 2)."""
    nodes = [Node("input", "Input", (), (4, 4, 8))]
    for i, operation in enumerate(operations):
        op, *inputs = operation if isinstance(operation, tuple) else (operation, i)
        nodes.append(Node(f"{op.lower()}{i + 1}", op, tuple(inputs), (4, 4, 8)))
    return nodes


def fused_names(*operations):
    return " ".join(node.name + "+relu" * node.relu for node in fuse(chain(*operations)))


def placed(nodes, qconfig_of=None):
    return [(o.name, o.nodes, o.sees) for o in observers(nodes, qconfig_of)]


class Fusion(unittest.TestCase):
    def test_what_is_fused(self):
        self.assertEqual(fused_names("Conv2d", "BatchNorm2d", "ReLU", "Linear", "ReLU"), "input conv2d1+relu linear4+relu")
        self.assertEqual(fused_names("Conv2d", ("Add", 1, 0), "ReLU", ("Mul", 3, 0), "ReLU"), "input conv2d1 add2+relu mul4+relu")

    def test_what_is_not(self):
        self.assertEqual(fused_names("Conv2d", "Clamp", "ReLU"), "input conv2d1 clamp2 relu3")
        self.assertEqual(fused_names("Conv2d", "ReLU", ("Add", 1, 2)), "input conv2d1 relu2 add3")  # two readers
        self.assertEqual(fused_names("ReLU", "MaxPool2d", "ReLU"), "input relu1 maxpool2d2 relu3")
        with self.assertRaisesRegex(Refused, "^batchnorm2d2: a batch norm must directly follow a conv2d whose result"):
            fused_names("Linear", "BatchNorm2d")

    def test_order_and_numbers(self):
        nodes = chain("Conv2d", ("Conv2d", 0), ("BatchNorm2d", 1), ("ReLU", 2), ("Add", 3, 4))
        self.assertEqual([(n.name, n.inputs, n.batch_norm) for n in fuse(nodes)],
                         [("input", (), ""), ("conv2d1", (0,), "batchnorm2d3"), ("conv2d2", (0,), ""), ("add5", (1, 2), "")])
        self.assertEqual(nodes[5].inputs, (3, 4))  # the given graph stays as it was


class Observers(unittest.TestCase):
    def test_chain(self):
        self.assertEqual(placed(chain("Conv2d", "MaxPool2d", "Flatten", "Linear")),
                         [("input", [0], [0]), ("conv2d1", [1, 2, 3], [1, 2, 3]), ("linear4", [4], [4])])

    def test_cat_shares_the_first_operand_s(self):
        nodes = chain("Conv2d", ("Conv2d", 0), ("Cat", 2, 1), "Conv2d")
        self.assertEqual(placed(nodes), [("input", [0], [0]), ("conv2d1", [1, 2, 3], [1, 2, 3]), ("conv2d4", [4], [4])])

    def test_a_pool_keeps_its_scale_in_a_cat(self):
        nodes = chain("Conv2d", "MaxPool2d", "Conv2d", ("Cat", 3, 2))
        self.assertEqual(placed(nodes), [("input", [0], [0]), ("conv2d1", [1, 2], [1]), ("conv2d3", [3, 4], [2, 3, 4])])

    def test_cats_in_a_circle(self):
        nodes = chain("Conv2d", ("Conv2d", 0), ("Conv2d", 0), ("Cat", 1, 2), ("Cat", 3, 1), ("Cat", 2, 3), ("Cat", 4, 5, 6))
        self.assertEqual([o.nodes for o in observers(nodes)], [[0], [1, 4, 7], [2, 3, 5, 6]])  # as PyTorch 2.9.1

    def test_float_islands(self):
        nodes = chain("Conv2d", "MaxPool2d", "Conv2d", "Conv2d", "Conv2d")
        self.assertEqual(placed(nodes, [0, 1, 1, None, None, 2]), [("input", [0], [0]), ("conv2d1", [1, 2], [1, 2]),
                                                                   ("conv2d4", [4], [4]), ("conv2d5", [5], [5])])
        self.assertEqual([o.qconfig for o in observers(nodes, [0, 1, 1, None, None, 2])], [1, 1, 2, 2])
        self.assertEqual(placed(nodes, [None] * 6), [])


class Shapes(unittest.TestCase):
    def test_inferred(self):
        nodes = [Node("input", "Input", (), (10, 11, 3))]
        window = dict(inputs=(0,), kernel=(3, 2), stride=(2, 2), pad=(1, 0, 0, 1))
        self.assertEqual(inferred_shape(nodes, Node("a", "Conv2d", shape=(0, 0, 5), dilation=(2, 3), **window)), (4, 5, 5))
        self.assertEqual(inferred_shape(nodes, Node("b", "MaxPool2d", **window)), (5, 6, 3))
        rounded_up = Node("c", "AvgPool2d", (0,), kernel=(2, 2), stride=(4, 5), ceil_mode=True)
        self.assertEqual(inferred_shape(nodes, rounded_up), (3, 3, 3))
        self.assertEqual(inferred_shape(nodes, Node("d", "Flatten", (0,))), (1, 1, 330))
        self.assertEqual(inferred_shape(nodes, Node("e", "Cat", (0, 0))), (10, 11, 6))

    def test_ceil_mode_begins_no_window_beyond_the_image(self):
        nodes = [Node("input", "Input", (), (4, 5, 1))]  # rows 0 and 3; columns 0 and 3, since 6 is outside
        self.assertEqual(inferred_shape(nodes, Node("a", "MaxPool2d", (0,), stride=(3, 3), ceil_mode=True)), (2, 2, 1))

    def test_weights(self):
        nodes = chain("Conv2d")
        nodes[1].kernel, nodes[1].groups = (3, 5), 4
        self.assertEqual(weight_shape(nodes, nodes[1]), [8, 3, 5, 2])


class Identity(unittest.TestCase):
    def test_fnv1a(self):
        self.assertEqual([fnv1a(""), fnv1a("a"), fnv1a("foobar")], ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"])

    def test_text(self):
        nodes = chain("Conv2d", "ReLU", "Clamp")
        nodes[1].pad, nodes[3].high = (0, 1, 2, 3), 6.0
        self.assertEqual(graph_text(fuse(nodes)), "input Input - 4 4 8 1 1 1 1 0 0 0 0 1 1 1 0 0 0 0 00000000 00000000\n"
                         "conv2d1 Conv2d 0 4 4 8 1 1 1 1 0 1 2 3 1 1 1 1 0 0 0 00000000 00000000\n"
                         "clamp3 Clamp 1 4 4 8 1 1 1 1 0 0 0 0 1 1 1 0 0 0 0 00000000 40c00000\n")
        self.assertEqual(graph_hash(fuse(nodes)), fnv1a(graph_text(fuse(nodes))))

    def test_hash(self):
        parts = (b"\x01\x02", b"", b"\x03")
        text = f"0123\nx86\nfbgemm\n3f000000 7\n{zlib.crc32(parts[0]):08x} 00000000 {zlib.crc32(parts[2]):08x}\n"
        self.assertEqual(model_hash("0123", "x86", "fbgemm", [(0.5, 7)], [parts]), fnv1a(text))
        self.assertEqual(float_bits(-0.5), "bf000000")

    def test_names(self):
        self.assertEqual([unique("add", taken) for taken in ({}, {"add"}, {"add", "add_1"})], ["add", "add_1", "add_2"])


class Files(unittest.TestCase):
    TENSORS = {"b.weight": StoredTensor("I8", (3,), b"\x01\x02\x03"), "é": StoredTensor("F32", (1, 1), struct.pack("<f", 2.5)),
               "a.scale": StoredTensor("F32", (1,), struct.pack("<f", 0.5)),
               "a.zero_point": StoredTensor("I32", (), struct.pack("<i", 7))}

    def test_round_trip(self):
        for checksums in (False, True):
            content = safetensors_bytes(self.TENSORS, {"format": "test"}, checksums)
            length, = struct.unpack_from("<Q", content)
            self.assertEqual(length % 8, 0)
            tensors, metadata = parse_safetensors(content)
            self.assertEqual(tensors, self.TENSORS)
            self.assertEqual(metadata.pop("crc32", None), f"{zlib.crc32(content[8 + length:]):08x}" if checksums else None)
            metadata.pop("header_crc32", None)
            self.assertEqual(metadata, {"format": "test"})

    def test_order_does_not_matter(self):
        backwards = dict(reversed(self.TENSORS.items()))
        self.assertEqual(safetensors_bytes(self.TENSORS, {}, True), safetensors_bytes(backwards, {}, True))


if __name__ == "__main__":
    unittest.main()
