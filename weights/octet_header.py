# SPDX-License-Identifier: Apache-2.0
"""Writes a graph as a C++ header: a network as a person would write it down, one line for a convolution and what follows it."""

import re
import struct

from octet_graph import WORDS, Refused, fuse, unique, uses

WIDTH = 120
INDENT = " " * 8
FOLLOWS = ("BatchNorm2d", "ReLU", "Clamp")  # stand in one statement with what they follow
RESERVED = {"net", "x"}  # what the generated code calls its own
KEYWORDS = set("""
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await co_return co_yield compl
    concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else enum
    explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
    operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned
    using virtual void volatile while xor xor_eq
""".split())


def struct_name(name):
    """mobilenet_v2 -> MobilenetV2."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    if not re.fullmatch(r"[A-Za-z0-9_]+", name, re.ASCII) or not re.fullmatch(r"[A-Z][A-Za-z0-9]*", camel, re.ASCII):
        raise Refused(f"'{name}' is no name for a network: expected letters, digits and _, a letter first, as in mobilenet_v2")
    return camel


# --- arguments ---------------------------------------------------------------------------------------------------------------


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def float_literal(value):
    """The shortest text that gives this float32 back."""
    stored, = struct.unpack("f", struct.pack("f", value))
    for digits in range(1, 10):
        text = f"{stored:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", stored):
            break
    return text + ("f" if re.search(r"[.e]", text) else ".0f")


def extent(values):
    """A Pair or a Padding: as one number, as height and width, or as four."""
    if len(values) == 4 and values[:2] == values[2:]:
        values = values[:2]
    return str(values[0]) if len(set(values)) == 1 else "{" + ", ".join(map(str, values)) + "}"


def options(node):
    """{.out = 64, .kernel = 3}: what differs from the builder's defaults, and the window's size always."""
    given = []
    if node.has_weights:
        given.append(f".out = {node.shape[2]}")
    if node.op in ("Conv2d", "MaxPool2d", "AvgPool2d"):
        given.append(f".kernel = {extent(node.kernel)}")
        if node.op != "Conv2d" or node.stride != (1, 1):
            given.append(f".stride = {extent(node.stride)}")
        if any(node.pad):
            given.append(f".pad = {extent(node.pad)}")
        if node.dilation != (1, 1):
            given.append(f".dilation = {extent(node.dilation)}")
        if node.groups != 1:
            given.append(f".groups = {node.groups}")
        if node.ceil_mode:
            given.append(".ceil_mode = true")
    if node.op == "AvgPool2d":
        if not node.include_pad:
            given.append(".count_include_pad = false")
        if node.divisor:
            given.append(f".divisor_override = {node.divisor}")
    if node.op == "Conv2d" and node.bias:
        given.append(".bias = true")
    if node.op == "Linear" and not node.bias:
        given.append(".bias = false")
    if node.op == "BatchNorm2d" and float_literal(node.eps) != float_literal(1e-5):
        given.append(f".eps = {float_literal(node.eps)}")
    return "{" + ", ".join(given) + "}" if given else ""


# --- the lines of graph() ----------------------------------------------------------------------------------------------------


class Writer:
    def __init__(self, nodes):
        self.nodes = nodes
        self.count = uses(nodes)
        self.kept = {node.name for node in fuse(nodes)} | {node.name for node in nodes if node.op == "BatchNorm2d"}
        self.taken = set()  # names that the builder has given by now
        self.variables = set(RESERVED)
        self.text_of = {}  # by node: what its value is called, once it has a variable
        self.declared = False  # x

    def call(self, i, operands):
        """net.relu(x): the name is left out where the builder would give the same, or where it ends with fusion."""
        node = self.nodes[i]
        method = WORDS[node.op]
        if node.op == "Clamp" and (node.low, node.high) == (0, 6):
            method = "relu6"
        if node.op == "AdaptiveAvgPool2d" and node.shape[:2] == (1, 1):
            method = "global_avg_pool"
        automatic = unique("adaptive_avg_pool" if method == "global_avg_pool" else method, self.taken)
        if node.op == "Input":
            return f"net.input({{{', '.join(map(str, node.shape))}}})"
        needs_name = node.has_weights or node.op == "BatchNorm2d"
        goes_away = node.name not in self.kept and automatic not in self.kept
        unnamed = not needs_name and (automatic == node.name or goes_away)
        self.taken.add(automatic if unnamed else node.name)
        arguments = [] if unnamed else [quoted(node.name)]
        arguments.append("{" + ", ".join(operands) + "}" if node.op == "Cat" else ", ".join(operands))
        if node.op == "Clamp" and method == "clamp":
            arguments += [float_literal(node.low), float_literal(node.high)]
        if node.op == "AdaptiveAvgPool2d" and method != "global_avg_pool":
            arguments.append(extent(node.shape[:2]))
        if options(node):
            arguments.append(options(node))
        return f"net.{method}({', '.join(arguments)})"

    def groups(self):
        """Nodes that make one statement: each is the only reader of the one before, and comes directly after it."""
        group = []
        for i, node in enumerate(self.nodes):
            follows = node.op in FOLLOWS or node.op == "Flatten" and len(group) == 1
            if group and not (follows and group[-1] > 0 and node.inputs == (i - 1,) and self.count[i - 1] == 1):
                yield group
                group = []
            group.append(i)
        yield group

    def variable(self, i):
        """A name for a value that is used more than once, or later: after the layer that makes it."""
        name = re.sub(r"\W", "_", self.nodes[i].name, flags=re.ASCII)
        if not name[:1].isalpha() or name in KEYWORDS:
            name = "layer_" + name
        name = unique(re.sub(r"_+", "_", name), self.variables)
        self.variables.add(name)
        return name

    def assign(self, target, text):
        if target == "x":
            target, self.declared = ("x" if self.declared else "auto x"), True
        else:
            target = f"const auto {target}"
        return f"{INDENT}{target} = {text};"

    def operands(self, i):
        return [self.text_of[j] for j in self.nodes[i].inputs]

    def statement(self, group, target):
        """One line, or two where one is too long: the first operation alone, then what follows it."""
        taken = set(self.taken)
        first = self.call(group[0], self.operands(group[0]))
        text = first
        for i in group[1:]:
            text = self.call(i, [text])
        lines = [self.assign(target, text)]
        if len(lines[0]) > WIDTH and len(group) > 1:
            self.taken = taken
            # x is free: what it held until now, only this statement reads.
            lines = [self.assign("x", self.call(group[0], self.operands(group[0])))]
            text = "x"
            for i in group[1:]:
                text = self.call(i, [text])
            lines.append(self.assign(target, text))
        return lines

    def lines(self):
        groups = list(self.groups())
        readers = {group[-1]: {g for g, other in enumerate(groups) if any(group[-1] in self.nodes[i].inputs for i in other)}
                   for group in groups}
        block = None
        for g, group in enumerate(groups):
            last = group[-1]
            target = "x" if readers[last] <= {g + 1} else self.variable(namesake(self.nodes, group))
            here = self.block(group[0])
            if block is not None and here != block:
                yield ""
            block = here
            yield from self.statement(group, target)
            self.text_of[last] = target
        yield f"{INDENT}return net.finish({self.text_of[len(self.nodes) - 1]});"

    def block(self, i):
        """What stands together: the first two parts of the path of the enclosing module."""
        return self.nodes[i].name.split(".")[:-1][:2]


def namesake(nodes, group):
    """The node of a statement that its value is called after: the last but for activations."""
    return next((i for i in reversed(group) if nodes[i].op not in FOLLOWS), group[-1])


def wrapped(line):
    """A line that is too long, broken behind commas."""
    if len(line) <= WIDTH:
        return [line]
    at = line.rfind(", ", 0, WIDTH)
    return [line[:at + 1], *wrapped(INDENT + "    " + line[at + 2:])]


def header(nodes, name, made_from):
    """The header of a network, struct networks::<struct_name(name)>. `made_from` is for its comment."""
    own = struct_name(name)
    h, w, c = nodes[0].shape
    rows, columns, channels = nodes[-1].shape
    result = f"a vector of {channels}" if rows == columns == 1 else f"{rows} x {columns} pixels of {channels} channels"
    body = "\n".join(part for line in Writer(nodes).lines() for part in wrapped(line))
    return f"""// {own}: {h} x {w} pixels of {c} channel{'s' if c > 1 else ''} in, {result} out.
// Written by octet's weights/export.py from
//     {made_from}
//
//     using Net = networks::{own};
//     #include <octet/octet.hpp>
//     auto model = octet::load<octet::FloatModel<Net>>(Net::weights);
//     auto prepared = octet::prepare<octet::qconfig::x86>(model);
//     auto int8 = octet::convert(octet::calibrate(prepared, images));
#pragma once

#include <octet/graph/builder.hpp>

namespace networks {{

struct {own} {{
    static constexpr const char* name = "{name}";
    static constexpr const char* weights = "{name}.safetensors";

    static constexpr auto graph() {{
        octet::GraphBuilder net;
{body}
    }}
}};

}}  // namespace networks
"""
