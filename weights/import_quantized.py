#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows octet's int8 file, and puts it into a network that PyTorch quantized (FX graph mode).

    import_quantized.py resnet18_int8.safetensors
    import_quantized.py resnet18_int8.safetensors --into my_net.py:int8_resnet18 --input 3x224x224
    import_quantized.py resnet18_int8.safetensors --into my_net.py:int8_resnet18 --input 3x224x224 --check image.npy

The callable returns what convert_fx returned for the same network with the same qconfig; its weights and scales are replaced by
the file's, and it then gives what octet gives: integer for integer, if torch.backends.quantized.engine is the file's numerics.
--check prints the logits of an image, [c, h, w] or [n, c, h, w] float32, or of `random` noise. From a script:

    from import_quantized import put
    put("resnet18_int8.safetensors", int8_model, example_input)
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from export_quantized import PARTS, Network, converted_model, image_size, parts_of, refuse_if
from octet_graph import Refused, graph_hash, model_hash, parse_safetensors

TYPES = {"I8": np.int8, "F32": np.float32, "I32": np.int32}


def read(path):
    """({name: numpy array}, metadata) of an int8 file."""
    try:
        tensors, metadata = parse_safetensors(Path(path).read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path}: is no safetensors file") from error
    if not metadata.get("format", "").startswith("octet int8, version "):
        raise Refused(f"{path}: is not octet's int8 file: its format is '{metadata.get('format', '')}'")
    return {name: np.frombuffer(t.data, TYPES[t.dtype]).reshape(t.shape) for name, t in tensors.items()}, metadata


def table(tensors, metadata):
    """The file in lines of text."""
    yield from (f"{key:14}{value}" for key, value in sorted(metadata.items()))
    names = {name.rpartition(".")[0] for name in tensors}
    width = max(map(len, names))
    yield f"\n{'':{width}}  {'type':8} {'weight':18} {'weight scales':25} {'scale':>12} {'zero':>4}"
    for name in sorted(names, key=lambda name: [(p.isdigit(), int(p) if p.isdigit() else 0, p) for p in name.split(".")]):
        weight, scales = tensors.get(f"{name}.weight"), tensors.get(f"{name}.weight_scale")
        kind = "image" if name == "input" else "value" if weight is None else "conv2d" if weight.ndim == 4 else "linear"
        shape = "" if weight is None else "x".join(map(str, weight.shape))
        spread = "" if weight is None else "float32" if scales is None else f"{scales.min():.6g} .. {scales.max():.6g}"
        own = f"{tensors[name + '.scale'][0]:12.6g} {tensors[name + '.zero_point'][0]:4}" if f"{name}.scale" in tensors else ""
        yield f"{name:{width}}  {kind:8} {shape:18} {spread:25} {own}".rstrip()


def put(path, int8_model, example_input):
    """Replaces the weights, scales and zero points of int8_model, as convert_fx returned it, by the file's. example_input as in
    export_quantized. Names and shapes must fit without exception; else Refused, and nothing is changed. Returns the metadata."""
    tensors, metadata = read(path)
    network = Network(int8_model, example_input)
    expected = {f"{observer.name}.{part}": (1,) for observer in network.observers for part in ("scale", "zero_point")}
    for i, layer in network.layers.items():
        for part, tensor in parts_of(layer, network.nodes[i].shape[2]).items():
            shape = tuple(tensor.shape[i] for i in (0, 2, 3, 1)) if tensor.ndim == 4 else tuple(tensor.shape)
            expected[f"{network.nodes[i].name}.{part}"] = shape
    faults = [f"{name}: expected {list(shape)}, found nothing" for name, shape in expected.items() if name not in tensors]
    faults += [f"{name}: expected {list(expected[name])}, found {list(tensor.shape)}" if name in expected else
               f"{name}: expected nothing, found {list(tensor.shape)}"
               for name, tensor in tensors.items() if tensor.shape != expected.get(name)]
    if not faults and metadata["graph"] != graph_hash(network.nodes):
        faults = ["same names and shapes, but another graph: strides, padding, connections or the image's size differ"]
    refuse_if(f"{path}: is not of this network", faults)
    qparams = [tuple(tensors[f"{o.name}.{part}"].item() for part in ("scale", "zero_point")) for o in network.observers]
    layers = [[tensors.get(f"{network.nodes[i].name}.{part}", b"") for part in PARTS] for i in network.layers]
    if metadata["hash"] != model_hash(metadata["graph"], metadata["qconfig"], metadata["numerics"], qparams, layers):
        raise Refused(f"{path}: its content is not what its hash says")
    for (scale, zero_point), places in zip(qparams, network.places):
        for place in places:
            if isinstance(place, tuple):
                getattr(int8_model, place[0]).fill_(scale)
                getattr(int8_model, place[1]).fill_(zero_point)
            else:
                place.scale, place.zero_point = scale, zero_point
    for i, layer in network.layers.items():
        put_weights(layer, *(tensors.get(f"{network.nodes[i].name}.{part}") for part in PARTS))
    return metadata


def put_weights(layer, weight, scales, bias):
    weight, bias = torch.tensor(weight), torch.tensor(bias)
    weight = weight.permute(0, 3, 1, 2).contiguous() if weight.ndim == 4 else weight
    if scales is None:  # a float layer
        layer.weight.data.copy_(weight)
        if layer.bias is not None:
            layer.bias.data.copy_(bias)
        return
    scales = torch.tensor(scales, dtype=torch.float64)
    if len(scales) == len(weight):
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        layer.set_weight_bias(torch._make_per_channel_quantized_tensor(weight, scales, zeros, 0), bias)
    else:
        layer.set_weight_bias(torch._make_per_tensor_quantized_tensor(weight, scales.item(), 0), bias)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", help="octet's int8 file")
    p.add_argument("--into", metavar="MODEL", help="FILE.py:CALLABLE or MODULE:CALLABLE; it returns what convert_fx returned")
    p.add_argument("--input", type=image_size, help="with --into: the image's channels, height and width, such as 3x224x224")
    p.add_argument("--check", metavar="IMAGE", help="with --into: FILE.npy or random; prints the logits")
    args = p.parse_args()
    if args.into and not args.input:
        p.error("--into needs --input")
    try:
        if not args.into:
            print("\n".join(table(*read(args.file))))
            return 0
        model = converted_model(args.into)
        metadata = put(args.file, model, torch.zeros(1, *args.input))
        engine = torch.backends.quantized.engine
        print(f"{args.file}: put into {args.into}; numerics {metadata['numerics']}, engine {engine}")
        if args.check:
            image = np.random.default_rng(0).normal(size=args.input) if args.check == "random" else np.load(args.check)
            with torch.no_grad():
                for logits in model(torch.tensor(image, dtype=torch.float32).reshape(-1, *args.input)):
                    print(" ".join(f"{value:.9g}" for value in logits.tolist()))
    except (Refused, OSError) as error:
        print(f"import_quantized.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
