#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a network that PyTorch quantized (FX graph mode: prepare_fx, convert_fx) into octet's int8 file.

    export_quantized.py my_net.py:int8_resnet18 resnet18_int8.safetensors --input 3x224x224 --qconfig x86

The callable returns what convert_fx returned. From the script that quantizes it is a call:

    from export_quantized import export_quantized
    export_quantized(convert_fx(prepared), "resnet18_int8.safetensors", example_input, qconfig="x86")

octet loads the file as the type that its own prepare<qconfig>, calibrate and convert would have made. Integers, scales and
zero points are PyTorch's, bit for bit. What octet has no counterpart for is named with its place, all of it at once.

With a QConfigMapping, qconfig is the mapping's name in octet, `Mapping::name`: "global x86; module fc none".

Export what convert_fx returned, not a copy that was saved and loaded: the names of additions and the like come from what
convert_fx leaves at the nodes. Where that is too little, pass names={"add_relu_3": "layer2.1.add"} (torch.fx's name: octet's).
"""

import argparse
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from torch.ao.nn import intrinsic as nni
from torch.ao.nn import quantized as nnq
from torch.ao.nn.intrinsic import quantized as nniq

import octet_ops
from octet_graph import Refused, StoredTensor, fuse, graph_hash, model_hash, observers, safetensors_bytes, unique
from octet_model import SHOWN, find
from octet_ops import Unsupported
from octet_record import BATCH, Recorder, run
from octet_trace import Translation

NUMERICS = {"fbgemm": "fbgemm", "default": "fbgemm", "x86": "x86", "onednn": "onednn", "qnnpack": "qnnpack"}  # by qconfig
ONE_WEIGHT_SCALE = "default", "qnnpack"
ALL_NUMERICS = *dict.fromkeys(NUMERICS.values()), "onednn2"
PARTS = "weight", "weight_scale", "bias"

CONVOLUTIONS = nn.Conv2d, nni.ConvReLU2d, nnq.Conv2d, nniq.ConvReLU2d
LINEARS = nn.Linear, nni.LinearReLU, nnq.Linear, nniq.LinearReLU
WITH_RELU = nni.ConvReLU2d, nniq.ConvReLU2d, nni.LinearReLU, nniq.LinearReLU
BINARY = {torch.ops.quantized.add: ("Add", False), torch.ops.quantized.add_relu: ("Add", True),
          torch.ops.quantized.mul: ("Mul", False), torch.ops.quantized.mul_relu: ("Mul", True)}


HINTS = {  # why PyTorch may have left an operation in float though its qconfig was not None
    "Flatten": "; convert_fx quantizes torch.flatten(x, 1) and x.reshape(...), but neither nn.Flatten nor x.flatten(1)",
}


class Int8Translation(Translation):
    """The graph of a converted network, as Translation makes it of a float one, and where PyTorch keeps weights and scales."""

    def __init__(self, model, results, names):
        self.layers = {}  # by name of a step: the module with its weights
        self.places = []  # (number of a node, the module or the names of the two buffers that have its value's scale)
        self.names = names
        # Modules around others: layer1 and layer1.0 of layer1.0.conv1.
        paths = [step.target for step in model.graph.nodes if step.op == "call_module"]
        self.containers = {path[:i] for path in paths for i, letter in enumerate(path) if letter == "."}
        # A ReLU that is fused in one place and stands alone in another has two names.
        both_names = SimpleNamespace(named_modules=lambda: model.named_modules(remove_duplicate=False))
        super().__init__(both_names, model.graph, results)

    def operation(self):
        step, result = self.step, self.results[self.step]
        module = self.modules[step.target] if step.op == "call_module" else None
        if result.is_quantized and result.dtype != torch.quint8:
            raise Unsupported(f"activations of {result.dtype}", "activations of torch.quint8")
        if step.target == "dequantize" or isinstance(module, nnq.Dropout):
            return self.value_of[step.args[0]]
        if step.target is torch.quantize_per_tensor:
            value = self.value_of[step.args[0]]
            self.places.append((self.number(value), tuple(a.target for a in step.args[1:3])))
            return value
        if step.target in BINARY:
            op, relu = BINARY[step.target]
            value = octet_ops.elementwise(self, op, *(self.value_of.get(a, a) for a in step.args[:2]), inplace=False)
            self.nodes[value].relu = relu
            self.places.append((int(value), tuple(a.target for a in step.args[2:4])))
            return value
        if type(module) in CONVOLUTIONS + LINEARS:
            return self.layer(module, result.is_quantized)
        if isinstance(module, nnq.ReLU6):
            return octet_ops.relu6(self, self.value_of[step.args[0]])
        return super().operation()

    def layer(self, module, int8):
        relu, is_conv = type(module) in WITH_RELU, type(module) in CONVOLUTIONS
        layer = module[0] if isinstance(module, nn.Sequential) else module  # a float layer and its ReLU
        if int8:
            check_weight(layer.weight())
        function = octet_ops.conv2d if is_conv else octet_ops.linear
        value = function(self, layer, self.value_of[self.step.args[0]])
        self.nodes[value].relu = relu
        self.layers[self.step.name] = layer
        if int8:
            self.places.append((int(value), layer))
        return value

    def keep(self, name, tensor):
        pass  # self.layers has it

    def name(self, word):
        """As Translation's. convert_fx makes new steps of additions and multiplications; only the buffer with their scale says
        where they were: layer1_0_relu_scale_0 belongs to layer1.0.relu, or to layer1.0."""
        step = self.step
        if step.name in self.names:
            name = self.names[step.name]
        elif step.op == "call_module":  # its second use, as torch.fx's tracer has noted, is NAME@1, and NAME_1 in octet
            use = list(step.meta.get("nn_module_stack") or [""])[-1].partition("@")[2]
            name = f"{step.target}_{use}" if use else step.target
        elif step.target in BINARY and word != "?":
            path = step.args[2].target.rpartition("_scale_")[0]
            if path.endswith("_input"):  # the observer of what reads it, because its ReLU has no qconfig
                self.report(Unsupported("convert_fx does not say which module this is in",
                                        f"a name for it if names={{'{step.name}': ...}} is passed"))
            around = [c for c in self.containers if f"{path}_".startswith(c.replace(".", "_") + "_")]
            name = ".".join([*sorted(around, key=len)[-1:], word])
        else:
            return super().name(word)
        name = unique(name, self.taken)
        self.taken.add(name)
        return name


def check_weight(weight):
    if weight.dtype != torch.qint8:
        raise Unsupported(f"weights of {weight.dtype}", "weights of torch.qint8")
    if is_per_channel(weight) and weight.q_per_channel_axis() != 0:
        raise Unsupported(f"weight scales along axis {weight.q_per_channel_axis()}", "weight scales along axis 0")
    if (weight.q_per_channel_zero_points() if is_per_channel(weight) else torch.tensor(weight.q_zero_point())).any():
        raise Unsupported("weights whose zero point is not 0", "symmetric weights")


def is_per_channel(weight):
    return weight.qscheme() in (torch.per_channel_affine, torch.per_channel_symmetric)


class Network:
    """A converted network in octet's terms.

    nodes, int8      the fused graph, and whether each of its nodes is int8
    layers           {number of a node: the module with its weights}
    observers        octet's, in order
    places           for each of them where PyTorch keeps scale and zero point: modules, and pairs of names of buffers of `model`
    """

    def __init__(self, model, example_input, names=None):
        self.model = model
        recorder, image = Recorder(model), example_input[:1].repeat(BATCH, 1, 1, 1)
        with torch.no_grad():
            run(model, image)  # or it is refused
            recorder.run(image)
        translation = Int8Translation(model, recorder.results, names or {})
        at_first = [node.source[0] for node in translation.nodes]
        self.nodes = fuse(translation.finish())
        number = {source: i for i, node in enumerate(self.nodes) for source in node.source}
        quantized = {step.name for step, result in recorder.results.items() if getattr(result, "is_quantized", False)}
        self.int8 = [node.source[0] in quantized for node in self.nodes]
        self.layers = {number[step]: layer for step, layer in translation.layers.items() if step in number}
        self.observers = observers(self.nodes, ["int8" if int8 else None for int8 in self.int8])
        places = [(number[at_first[i]], place) for i, place in translation.places if at_first[i] in number]
        self.places = [[place for i, place in places if i in observer.nodes] for observer in self.observers]
        watched = {i for observer in self.observers for i in observer.nodes}
        refuse_if("it has no counterpart in octet", ["nothing in it is int8"] * (not places) + [
            f"{self.nodes[i].name}: is quantized, but nothing that reads it is int8" for i, _ in places if i not in watched])

    def qparams(self, place):
        """The scale and zero point of a place."""
        if isinstance(place, tuple):
            scale, zero_point = (getattr(self.model, name) for name in place)
        else:
            scale, zero_point = place.scale, place.zero_point
        return float(scale), int(zero_point)


def refuse_if(what, faults):
    """Raises Refused with the first of the faults, if there are any."""
    if faults:
        raise Refused("\n  ".join([what, *faults[:SHOWN], *([f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else [])]))


def stored(tensor):
    """A tensor for the file; convolutions' weights become OHWI."""
    tensor = tensor.detach().permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor.detach()
    dtype = {torch.int8: "I8", torch.int32: "I32", torch.float32: "F32"}[tensor.dtype]
    return StoredTensor(dtype, tuple(tensor.shape), tensor.contiguous().numpy().tobytes())


def parts_of(layer, out):
    """{part: tensor} of a layer, as the int8 file has them."""
    weight, bias = (layer.weight(), layer.bias()) if callable(layer.weight) else (layer.weight, layer.bias)
    parts = {"bias": torch.zeros(out) if bias is None else bias}
    if not weight.is_quantized:
        return {"weight": weight, **parts}
    scales = weight.q_per_channel_scales() if is_per_channel(weight) else torch.tensor([weight.q_scale()])
    return {"weight": weight.int_repr(), "weight_scale": scales.float(), **parts}


def numerics_of(qconfig):
    """The numerics of a qconfig of octet's, or of a mapping with one in it; None where it has none."""
    return next((NUMERICS[word] for word in re.findall(r"[^ ;]+(?=;|$)", qconfig) if word in NUMERICS), None)


def export_quantized(int8_model, path, example_input, qconfig="x86", numerics=None, names=None):
    """Writes int8_model, as convert_fx returned it, to `path`. example_input: one image or more, [n, c, h, w]; its size is the
    network's. qconfig and numerics: octet's names, numerics by default that of the qconfig. Raises Refused with all faults."""
    numerics = numerics or numerics_of(qconfig)
    refuse_if(f"{qconfig}: which numerics is this qconfig for? Please say", [] if numerics else [", ".join(ALL_NUMERICS)])
    network = Network(int8_model, example_input, names)
    tensors, qparams, layers, faults = {}, [], [], []
    if qconfig in NUMERICS:  # not a mapping: octet expects int8 everywhere
        faults += [f"{node.name}: PyTorch left this {node.op} in float, and with qconfig {qconfig} everything is int8{HINTS.get(node.op, '')}"
                   for node, int8 in zip(network.nodes, network.int8) if not int8 and node.op != "Input"]
    for observer, places in zip(network.observers, network.places):
        found = sorted({network.qparams(place) for place in places})
        if len(found) != 1:
            sharing = ", ".join(network.nodes[i].name for i in observer.nodes)
            faults.append(f"{observer.name}: one scale is expected for {sharing}, found {found or 'none'}")
            continue
        qparams += found
        tensors[f"{observer.name}.scale"] = stored(torch.tensor([found[0][0]], dtype=torch.float32))
        tensors[f"{observer.name}.zero_point"] = stored(torch.tensor([found[0][1]], dtype=torch.int32))
    for i, layer in network.layers.items():
        name, out = network.nodes[i].name, network.nodes[i].shape[2]
        parts = {part: stored(tensor) for part, tensor in parts_of(layer, out).items()}
        expected = (1,) if qconfig in ONE_WEIGHT_SCALE else (out,)
        if qconfig in NUMERICS and "weight_scale" in parts and parts["weight_scale"].shape != expected:
            found = parts["weight_scale"].shape[0]
            faults.append(f"{name}: with qconfig {qconfig} {expected[0]} weight scales are expected, found {found}")
        tensors.update({f"{name}.{part}": tensor for part, tensor in parts.items()})
        layers.append([parts[part].data if part in parts else b"" for part in PARTS])
    refuse_if("cannot be exported, nothing was written", faults)
    graph = graph_hash(network.nodes)
    metadata = {"format": "octet int8, version 2", "graph": graph, "qconfig": qconfig, "numerics": numerics,
                "hash": model_hash(graph, qconfig, numerics, qparams, layers)}
    Path(path).write_bytes(safetensors_bytes(tensors, metadata, checksums=True))
    return network


def in_float(network):
    """Which nodes are not int8, in words."""
    names = [node.name for node, int8 in zip(network.nodes, network.int8) if not int8 and node.op != "Input"]
    return f"in float: {', '.join(names)}" if names else "all int8"


def converted_model(spec):
    """The converted network that MODULE:CALLABLE or FILE.py:CALLABLE returns."""
    model = find(spec)()
    if not isinstance(model, torch.fx.GraphModule):
        raise Refused(f"{spec} returns {type(model).__name__}, not the GraphModule that convert_fx makes")
    return model


def image_size(text):
    sizes = text.split("x")
    if len(sizes) != 3 or not all(size.isdigit() for size in sizes):
        raise argparse.ArgumentTypeError(f"expected CHANNELSxHEIGHTxWIDTH, such as 3x224x224, found '{text}'")
    return [int(size) for size in sizes]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", help="FILE.py:CALLABLE or MODULE:CALLABLE; the callable returns what convert_fx returned")
    p.add_argument("target", help="the file to write")
    p.add_argument("--input", type=image_size, required=True, help="the image's channels, height and width, such as 3x224x224")
    p.add_argument("--qconfig", default="x86", help=f"{', '.join(NUMERICS)}, or the name of a mapping")
    p.add_argument("--numerics", choices=ALL_NUMERICS, help="by default that of the qconfig")
    args = p.parse_args()
    try:
        model, example_input = converted_model(args.model), torch.zeros(1, *args.input)
        network = export_quantized(model, args.target, example_input, args.qconfig, args.numerics)
    except (Refused, OSError) as error:
        print(f"export_quantized.py: {error}", file=sys.stderr)
        return 1
    print(f"{args.target}: {len(network.nodes)} nodes, {in_float(network)}, {len(network.observers)} scales, "
          f"{Path(args.target).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
