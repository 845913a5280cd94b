# SPDX-License-Identifier: Apache-2.0
"""A network as octet has it, for Python: nodes, their names and shapes, fusion, observers, the identity of an int8 file, and
safetensors. Python's standard library is all it takes.

The passes are those of include/octet/graph/, node for node, so that both sides agree on names, order and hashes.
"""

import json
import struct
import zlib
from dataclasses import dataclass, replace
from typing import NamedTuple

LONGEST_NAME = 47  # of a layer, and of a tensor in a file of weights: octet::Name
MOST_NODES = 256  # octet::Graph::max_nodes
MOST_OPERANDS = 8  # of a cat: octet::Operands::most
MOST_PRODUCTS = 2147483647 // (255 * 128)  # of a u8 and an s8 whose sum 32 bits hold for certain

WINDOWED = ("Conv2d", "MaxPool2d", "AvgPool2d")
SHARES_OBSERVER = ("ReLU", "Clamp", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Flatten", "Cat")
# What the builder calls each operation; relu6 is a clamp to 0..6.
WORDS = {"Input": "input", "Conv2d": "conv2d", "BatchNorm2d": "batch_norm", "ReLU": "relu", "Clamp": "clamp",
         "MaxPool2d": "max_pool", "AvgPool2d": "avg_pool", "AdaptiveAvgPool2d": "adaptive_avg_pool", "Flatten": "flatten",
         "Add": "add", "Mul": "mul", "Cat": "cat", "Linear": "linear"}


class Refused(Exception):
    """What is wrong with the input, in words for its owner."""


@dataclass
class Node:
    """One operation and its result's shape. A network is a list of them in execution order, the image ("input") first; what the
    last one makes is the network's result."""

    name: str
    op: str  # a key of WORDS
    inputs: tuple = ()  # numbers of the nodes it reads
    shape: tuple = (1, 1, 1)  # of its result: height, width, channels; a vector is (1, 1, n)
    kernel: tuple = (1, 1)  # height, width; with stride, pad and dilation: Conv2d, MaxPool2d, AvgPool2d
    stride: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)  # top, left, bottom, right
    dilation: tuple = (1, 1)
    groups: int = 1  # Conv2d
    bias: bool = False  # Conv2d, Linear: the float file has a bias
    eps: float = 1e-5  # BatchNorm2d
    ceil_mode: bool = False  # MaxPool2d, AvgPool2d
    include_pad: bool = False  # AvgPool2d: count_include_pad
    divisor: int = 0  # AvgPool2d: divisor_override, 0 without
    low: float = 0.0  # Clamp
    high: float = 0.0  # Clamp
    relu: bool = False  # after fuse(): a ReLU was fused behind it
    batch_norm: str = ""  # after fuse(): the name of the batch norm that is folded into it
    source: tuple = ()  # where a model of PyTorch's was traced: names of the torch.fx nodes it stands for, after fuse() of all

    @property
    def has_weights(self):
        return self.op in ("Conv2d", "Linear")


def unique(name, taken):
    """The name, or the first of name_1, name_2, ... that is not taken."""
    candidate, n = name, 0
    while candidate in taken:
        n += 1
        candidate = f"{name}_{n}"
    return candidate


def uses(nodes):
    """How often each node's value is read; being the network's result counts as once."""
    count = [0] * len(nodes)
    for node in nodes:
        for i in node.inputs:
            count[i] += 1
    count[-1] += 1
    return count


# --- shapes ------------------------------------------------------------------------------------------------------------------


def extent(size, before, after, span, stride, ceil_mode):
    """Windows along one axis; 0 where none fits. With ceil_mode none begins beyond the image and its leading padding."""
    room = size + before + after - span
    if room < 0:
        return 0
    if not ceil_mode:
        return room // stride + 1
    steps = -(-room // stride)
    return steps if steps * stride >= size + before else steps + 1


def inferred_shape(nodes, node):
    """The shape that octet's builder gives the node's result; of Conv2d and Linear the channels, of AdaptiveAvgPool2d height and
    width are the node's own."""
    h, w, c = nodes[node.inputs[0]].shape
    if node.op in WINDOWED:
        top, left, bottom, right = node.pad
        span = [d * (k - 1) + 1 for d, k in zip(node.dilation, node.kernel)]
        return (extent(h, top, bottom, span[0], node.stride[0], node.ceil_mode),
                extent(w, left, right, span[1], node.stride[1], node.ceil_mode), node.shape[2] if node.op == "Conv2d" else c)
    if node.op == "AdaptiveAvgPool2d":
        return node.shape[0], node.shape[1], c
    if node.op == "Flatten":
        return 1, 1, h * w * c
    if node.op == "Linear":
        return 1, 1, node.shape[2]
    if node.op == "Cat":
        return h, w, sum(nodes[i].shape[2] for i in node.inputs)
    return h, w, c


def weight_shape(nodes, node):
    """The int8 file's: [out, height, width, in / groups], or [out, in]."""
    in_channels = nodes[node.inputs[0]].shape[2]
    if node.op == "Linear":
        return [node.shape[2], in_channels]
    return [node.shape[2], *node.kernel, in_channels // node.groups]


# --- passes ------------------------------------------------------------------------------------------------------------------


def fuse(nodes):
    """The fused graph: batch norms go into the convolution before them; then ReLUs into conv2d, linear, add and mul. What goes
    away must have been the only reader of what it goes into. The fused node keeps its first node's name."""
    count = uses(nodes)
    fused, number = [], []  # number[i]: the fused node that makes node i's value
    for node in nodes:
        before = fused[number[node.inputs[0]]] if node.inputs else None
        only_user = bool(node.inputs) and count[node.inputs[0]] == 1
        if node.op == "BatchNorm2d":
            if not (before.op == "Conv2d" and only_user and not before.batch_norm and not before.relu):
                raise Refused(f"{node.name}: a batch norm must directly follow a conv2d whose result nothing else uses")
            before.batch_norm = node.name
        elif node.op == "ReLU" and only_user and before.op in ("Conv2d", "Linear", "Add", "Mul"):
            before.relu = True
        else:
            number.append(len(fused))
            fused.append(replace(node, inputs=tuple(number[i] for i in node.inputs)))
            continue
        before.source += node.source
        number.append(number[node.inputs[0]])
    return fused


class Observer(NamedTuple):
    name: str  # of the first node it watches: "<name>.scale", "<name>.zero_point"
    nodes: list  # numbers of the fused nodes whose values have its scale
    sees: list  # numbers of the fused nodes whose values it is shown while calibrating; nearly always the same
    qconfig: object  # the entry of qconfig_of that its activation observer comes from


def observers(fused, qconfig_of=None):
    """The observers of a fused graph, in order. qconfig_of[i] says which qconfig quantizes node i, None leaves it in float; for
    the image it does not count. Without qconfig_of everything is int8.

    One watches the image, one each value that is made anew; what only passes numbers on shares that of what it reads, and a cat
    gives its first operand's to the others. A float value is watched where an int8 node reads it, by that node's qconfig.
    """
    if qconfig_of is None:
        qconfig_of = [0] * len(fused)
    is_int8 = [q is not None and node.op != "Input" for q, node in zip(qconfig_of, fused)]

    def first_reader(i):
        return next((qconfig_of[j] for j, node in enumerate(fused) if i in node.inputs and is_int8[j]), None)

    qconfig = [qconfig_of[i] if is_int8[i] else first_reader(i) for i in range(len(fused))]
    passes_on = [int8 and node.op in SHARES_OBSERVER for int8, node in zip(is_int8, fused)]
    seen = []  # observers by the node they were first put behind
    for i, node in enumerate(fused):
        seen.append(None if qconfig[i] is None else i)
        if passes_on[i]:  # a cat gives its first operand's observer to the others; one they already gave to others stays there
            shared = seen[node.inputs[0]]
            for operand in (*node.inputs, i):
                seen[operand] = shared
    scale = []  # what passes numbers on keeps the scale it got, whoever sees its values
    for i, node in enumerate(fused):
        scale.append(scale[node.inputs[0]] if passes_on[i] else seen[i])

    found = {}
    for i, node in enumerate(fused):
        if scale[i] is not None:
            found.setdefault(scale[i], Observer(node.name, [], [], qconfig[scale[i]])).nodes.append(i)
    for i in range(len(fused)):
        if seen[i] in found:
            found[seen[i]].sees.append(i)
    return list(found.values())


# --- the int8 file's identity ------------------------------------------------------------------------------------------------


def float_bits(value):
    """The bits of a float32, as 8 hex digits."""
    return struct.pack(">f", value).hex()


def fnv1a(text):
    """FNV-1a, 64 bits, of the UTF-8 text, as 16 hex digits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def graph_text(fused):
    """One line for each fused node; what decides the integers of a network, but for its weights and scales."""
    lines = []
    for n in fused:
        clamp = n.op == "Clamp"
        fields = [n.name, n.op, ",".join(map(str, n.inputs)) or "-", *n.shape, *n.kernel, *n.stride, *n.pad, *n.dilation,
                  n.groups, int(n.relu), int(n.ceil_mode), int(n.include_pad), n.divisor,
                  float_bits(n.low if clamp else 0), float_bits(n.high if clamp else 0)]
        lines.append(" ".join(map(str, fields)) + "\n")
    return "".join(lines)


def graph_hash(fused):
    """The int8 file's "graph"."""
    return fnv1a(graph_text(fused))


def model_hash(graph, qconfig, numerics, qparams, layers):
    """The int8 file's "hash". graph: graph_hash(); qparams: (scale, zero point) of each observer, in order; layers: the bytes,
    little endian, of (weight, weight_scale, bias) of each fused node with weights, in order; a float layer's weight_scale is b"".
    """
    lines = [graph, qconfig, numerics]
    lines += [f"{float_bits(scale)} {zero_point}" for scale, zero_point in qparams]
    lines += [" ".join(f"{zlib.crc32(part):08x}" for part in layer) for layer in layers]
    return fnv1a("".join(line + "\n" for line in lines))


# --- safetensors -------------------------------------------------------------------------------------------------------------

DTYPES = ("BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64")  # large ones come first in a file


class StoredTensor(NamedTuple):
    dtype: str  # of DTYPES
    shape: tuple
    data: bytes  # row-major, little endian


def safetensors_bytes(tensors, metadata, checksums=False):
    """The file of {name: StoredTensor}: 8 bytes of header length, the header (JSON, padded with spaces to a multiple of 8), the
    values one tensor after the other. The same tensors and metadata, in any order, give the same bytes: those that octet::save
    writes, if `checksums` adds the CRCs of the data and of the header to the metadata."""
    ordered = sorted(tensors.items(), key=lambda item: (-DTYPES.index(item[1].dtype), item[0].encode()))
    header, offset = {"__metadata__": dict(metadata)}, 0
    for name, tensor in ordered:
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(tensor.data)]}
        offset += len(tensor.data)
    data = b"".join(tensor.data for _, tensor in ordered)

    def text():
        return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    if checksums:
        header["__metadata__"]["crc32"] = f"{zlib.crc32(data):08x}"
        header["__metadata__"]["header_crc32"] = f"{zlib.crc32(text()):08x}"
    padded = text()
    padded += b" " * (-len(padded) % 8)
    return struct.pack("<Q", len(padded)) + padded + data


def parse_safetensors(content):
    """The reverse, for files of our own: {name: StoredTensor} and the metadata."""
    length, = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    data = memoryview(content)[8 + length:]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = StoredTensor(entry["dtype"], tuple(entry["shape"]), bytes(data[begin:end]))
    return tensors, metadata
