# SPDX-License-Identifier: Apache-2.0
"""From a model of PyTorch's to a graph of octet's: octet_record.py has the steps that forward() takes, octet_ops.py what each
means; what octet does not have is refused, all at once."""

import inspect
import operator
import re
from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import fx, nn

from octet_graph import LONGEST_NAME, MOST_NODES, MOST_PRODUCTS, WORDS, Node, Refused, inferred_shape, unique, uses, weight_shape
from octet_ops import FUNCTIONS, INSTEAD, METHODS, MODULES, NOTHING_IN_EVAL, OTHERWISE, Constant, Unsupported, Value, same
from octet_record import BATCH, line_of, module_of, record, run

SYMBOLS = {"add": "+", "iadd": "+=", "sub": "-", "mul": "*", "imul": "*=", "truediv": "/", "pow": "**", "getitem": "[]"}
IMAGES_ONLY = ("Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Flatten", "Pad")


class Traced(NamedTuple):
    nodes: list  # of octet_graph.Node, before fusion
    tensors: dict  # what the file of weights has to hold, by name
    image: torch.Tensor  # the example, NCHW
    expected: torch.Tensor  # what the model makes of it
    results: dict  # what each step of torch.fx gave, by its name


def trace(model, shape, seed=1):
    """The graph of a model in eval mode, for images of shape (channels, height, width)."""
    image = torch.randn(BATCH, *shape, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        expected = run(model, image)
        graph, results = record(model, image)
    translation = Translation(model, graph, results)
    nodes = translation.finish()
    return Traced(nodes, translation.tensors, image, expected, {step.name: result for step, result in results.items()})


# --- the translation ---------------------------------------------------------------------------------------------------------


def holds_tensor(result):
    return isinstance(result, torch.Tensor) or isinstance(result, (tuple, list)) and any(map(holds_tensor, result))


class Translation:
    """The graph under construction. Beside octet's operations it has "Pad", until it is merged into a Conv2d, and "?" for what
    octet does not have, so that the rest is looked at too."""

    def __init__(self, model, graph, results):
        self.results, self.modules = results, dict(model.named_modules())
        self.nodes, self.tensors, self.faults = [], {}, []
        self.step_of, self.torch_shapes = [], []  # by node
        self.value_of = {}  # by step: a Value, a Constant or, where that is no tensor, its result
        self.memory_of = {}  # by step: the one whose memory its value lies in
        # Layers with weights have the names of the file, whatever else would like to be called so.
        self.weighted = {step.target for step in graph.nodes if step.op == "call_module"
                         and isinstance(self.modules[step.target], (nn.Conv2d, nn.Linear, nn.BatchNorm2d))}
        self.taken = set()
        for self.step in graph.nodes:
            self.translate()

    def translate(self):
        step, result = self.step, self.results.get(self.step)
        self.memory_of[step] = step
        if step.op == "output":
            self.output = fx.node.map_arg(step.args[0], self.value_of.__getitem__)
        elif step.op == "get_attr":
            self.value_of[step] = Constant()
        elif step.op == "placeholder" and not self.nodes:
            self.value_of[step] = self.push("Input")
        elif not holds_tensor(result):
            self.value_of[step] = result  # a size, for instance
        else:
            self.changes_memory = False
            try:
                self.value_of[step] = self.operation()
            except Unsupported as fault:
                if step.target is not operator.getitem or isinstance(self.results[step.args[0]], torch.Tensor):
                    self.report(fault)  # else it takes one of the tensors that a step gave, which is refused itself
                values = map(self.value_of.get, step.all_input_nodes)
                self.value_of[step] = self.push("?", *(value for value in values if isinstance(value, Value)))
            if self.changes_memory:
                memory = self.memory_of[step] = self.memory_of[step.all_input_nodes[0]]
                self.value_of.update({other: self.value_of[step] for other, m in self.memory_of.items() if m is memory})

    def operation(self):
        """The Value of a step that makes a tensor."""
        step = self.step
        arguments = fx.node.map_arg(step.args, self.value_of.__getitem__)
        options = fx.node.map_arg(step.kwargs, self.value_of.__getitem__)
        if step.op == "call_module":
            module = self.modules[step.target]
            kind = type(module)
            if nn.utils.parametrize.is_parametrized(module):  # by weight_norm, for instance, which makes a class of its own
                kind = kind.__bases__[0]
            function = MODULES.get(kind)
            if kind.__name__ in NOTHING_IN_EVAL:
                function = same
            elif function:
                arguments = (module, *arguments)
        else:
            function = (METHODS if step.op == "call_method" else FUNCTIONS).get(step.target)
        if not function:
            name = getattr(step.target, "__name__", self.operator).rpartition(".")[2].lower()
            raise Unsupported(self.operator, next((instead for words, instead in INSTEAD if re.search(words, name)), OTHERWISE))
        try:
            inspect.signature(function).bind(self, *arguments, **options)
        except TypeError as error:
            raise Unsupported(f"{self.operator}, called like this: {error}", "the usual call") from error
        value = function(self, *arguments, **options)
        if any(value is argument for argument in arguments):
            self.memory_of[step] = self.memory_of[step.all_input_nodes[0]]
        return value

    # --- what octet_ops.py needs ---

    @property
    def operator(self):
        """The present step's, as one would write it: nn.GELU, F.gelu, Tensor.permute, operator -."""
        target = self.step.target
        if self.step.op == "call_module":
            kind = type(self.modules[target])
            return ("nn." if kind.__module__.startswith("torch.nn.modules") else kind.__module__ + ".") + kind.__name__
        if self.step.op == "call_method":
            return f"Tensor.{target}"
        for module, short in ((operator, ""), (F, "F."), (torch, "torch.")):
            for name, function in vars(module).items():
                if function is target and not name.startswith("_"):
                    return short + name if short else f"operator {SYMBOLS.get(name, name)}"
        return getattr(target, "__name__", str(target))

    def number(self, value):
        if not isinstance(value, Value):
            raise Unsupported(f"{self.operator} of a constant", "operations on what comes from the image")
        return int(value)

    def node(self, value):
        return self.nodes[self.number(value)]

    def torch_shape(self, value=None):
        """A value's in PyTorch, with the batch; without one that of the present step's result."""
        return tuple(self.results[self.step].shape) if value is None else self.torch_shapes[self.number(value)]

    def size(self, value=None):
        """The same in words, without the batch."""
        shape = self.torch_shape(value)
        return "x".join(map(str, shape[1:] if shape[0] == BATCH else shape)) or "a number"

    def keep(self, name, tensor):
        self.tensors[f"{self.step.target}.{name}"] = tensor.detach()

    def push(self, op, *inputs, torch_shape=None, word=None, inplace=False, **fields):
        """Appends a node; its shape is the result's that the present step has in PyTorch, if no other is given."""
        numbers = tuple(self.number(value) for value in inputs)
        shape = tuple(getattr(self.results[self.step], "shape", ())) if torch_shape is None else torch_shape
        if len(shape) == 4 and shape[0] == BATCH:
            own = (shape[2], shape[3], shape[1])
        elif len(shape) == 2 and shape[0] == BATCH:
            own = (1, 1, shape[1])
        elif op == "?":
            own = (1, 1, 1)
        else:
            raise Unsupported(f"{self.operator} that makes {self.size()}", "images (channels, height, width) and vectors")
        if op in IMAGES_ONLY and len(self.torch_shape(inputs[0])) != 4:
            raise Unsupported(f"{self.operator} on {self.size(inputs[0])}", "images (channels, height, width)")
        self.changes_memory = inplace
        self.nodes.append(Node(self.name(word or WORDS.get(op, op)), op, numbers, own, source=(self.step.name,), **fields))
        self.step_of.append(self.step)
        self.torch_shapes.append(shape)
        return Value(len(self.nodes) - 1)

    def name(self, word):
        """A module's path, or the path of the module whose forward() is at work and the operation's word."""
        if self.step.op == "placeholder":
            name = word
        elif self.step.target in self.weighted:
            return self.step.target
        elif self.step.op == "call_module":
            name = self.step.target
        else:
            name = ".".join(filter(None, [module_of(self.step), word]))
        name = unique(name, self.taken | self.weighted)
        self.taken.add(name)
        return name

    # --- the finished graph ---

    def report(self, fault, step=None):
        step = step or self.step
        place = step.target if step.op == "call_module" else module_of(step) or "forward()"
        self.faults.append(f"{place}: {fault.what}; octet has {fault.instead}{line_of(step)}")

    def finish(self):
        """The nodes that the result depends on; every fault is collected, and all are reported together."""
        self.merge_padding()
        self.drop_unused()
        count = uses(self.nodes)
        for node, step in zip(self.nodes, self.step_of):
            if node.op == "BatchNorm2d" and count[node.inputs[0]] > 1:
                self.report(Unsupported("nn.BatchNorm2d behind a Conv2d whose result is used elsewhere too",
                                        "BatchNorm2d that alone reads the Conv2d"), step)
            if node.op == "Pad":
                self.report(Unsupported("zero padding that no Conv2d reads directly", "padding of Conv2d and of pools"), step)
        self.check_limits()
        if self.faults:
            raise Refused("cannot be exported, nothing was written\n  " + "\n  ".join(self.faults))
        for node in self.nodes[1:]:
            inferred = inferred_shape(self.nodes, node)
            if inferred != node.shape:
                raise Refused(f"{node.name}: octet would make {inferred} of it (height, width, channels), PyTorch makes "
                              f"{node.shape}; this is a fault of the export, please report it")
        return self.nodes

    def merge_padding(self):
        for i, node in enumerate(self.nodes):
            while node.op == "Conv2d" and self.nodes[node.inputs[0]].op == "Pad":
                pad = self.nodes[node.inputs[0]]
                node = self.nodes[i] = replace(node, inputs=pad.inputs, pad=tuple(map(sum, zip(node.pad, pad.pad))))

    def drop_unused(self):
        if not isinstance(self.output, Value):
            raise Refused("what forward() returns does not depend on the image")
        if self.output == 0:
            raise Refused("forward() returns the image itself")
        needed, todo = set(), [int(self.output)]
        while todo:
            i = todo.pop()
            if i not in needed:
                needed.add(i)
                todo += self.nodes[i].inputs
        order = sorted(needed)
        number = {i: n for n, i in enumerate(order)}
        self.nodes = [replace(self.nodes[i], inputs=tuple(number[j] for j in self.nodes[i].inputs)) for i in order]
        self.step_of = [self.step_of[i] for i in order]
        prefixes = tuple(node.name + "." for node in self.nodes if node.name in self.weighted)
        self.tensors = {name: tensor for name, tensor in self.tensors.items() if name.startswith(prefixes)}

    def check_limits(self):
        names = [node.name for node in self.nodes]
        for path in sorted(set(names)):
            if names.count(path) > 1:
                self.faults.append(f"{path}: is called {names.count(path)} times; in octet every layer has weights of its own")
        for name in [n for n in names if n not in self.weighted] + list(self.tensors):
            length = len(name.encode())
            if length > LONGEST_NAME:
                self.faults.append(f"{name}: this name has {length} characters; octet's names have at most {LONGEST_NAME}")
        for node in self.nodes:
            if node.has_weights:
                _, *window = weight_shape(self.nodes, node)
                products = 1
                for size in window:
                    products *= size
                if products > MOST_PRODUCTS:
                    self.faults.append(f"{node.name}: sums up {products:,} products; octet's 32 bits hold {MOST_PRODUCTS:,}")
        if len(self.nodes) > MOST_NODES:
            self.faults.append(f"the network has {len(self.nodes)} operations; octet's have at most {MOST_NODES}")
