#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns what PyTorch has into what octet reads: weights into safetensors, a model into weights and a C++ header.

    export.py resnet18.pth resnet18.safetensors                  a state_dict, or a checkpoint that holds one
    export.py resnet18.pth resnet18.safetensors --dtype f16      half the size
    export.py torchvision:resnet18 imagenet.safetensors          torchvision's model with its default weights (downloads them)
    export.py small.pth small.json --json                        plain JSON: {"fc.weight": {"dtype": "F32", ...}, ...}
    export.py resnet18.safetensors smaller.safetensors --dtype bf16

    export.py torchvision.models:mobilenet_v2 --input 3x224x224 --name mobilenet_v2 --out DIR
    export.py my_net.py:Net --args '{"num_classes": 10}' --state-dict my_net.pth --input 1x28x28 --name my_net --out DIR

Tensors keep PyTorch's names; `num_batches_tracked`, which inference has no use for, is dropped. The same input gives the same
bytes. Class count, mean and standard deviation go into the metadata, as strings.

The last two write DIR/NAME.safetensors and DIR/NAME.hpp, for any CNN made of operations that octet has.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import torch

from octet_check import compare
from octet_graph import Refused, StoredTensor, fuse, safetensors_bytes
from octet_header import header, struct_name
from octet_model import is_counter, load_model, named_tensors, read_state_dict, round_weights
from octet_trace import trace

DTYPES = {"f32": (torch.float32, "F32"), "f16": (torch.float16, "F16"), "bf16": (torch.bfloat16, "BF16")}


def checked(state, dtype):
    """Names and tensors, sorted by name, in the wanted type; every fault is collected, and all are reported together."""
    state = named_tensors(state)
    kept, faults = {}, []
    for name in sorted(state):
        tensor = state[name]
        if is_counter(name):
            continue
        if not isinstance(tensor, torch.Tensor):
            faults.append(f"{name}: expected a tensor, found {type(tensor).__name__}")
        elif tensor.is_quantized or not tensor.is_floating_point():
            faults.append(f"{name}: expected floating point, found {tensor.dtype}")
        elif not torch.isfinite(tensor).all():
            faults.append(f"{name}: {int((~torch.isfinite(tensor)).sum())} of {tensor.numel()} values are not finite")
        else:
            kept[name] = tensor.detach().cpu().to(dtype).contiguous()
            if not torch.isfinite(kept[name]).all():
                most = tensor.abs().max().item()
                faults.append(f"{name}: its largest value, {most:g}, does not fit {dtype}; use --dtype f32 or bf16")
    if not kept and not faults:
        faults.append("no tensors in it")
    if faults:
        raise Refused("cannot export:\n  " + "\n  ".join(faults))
    return kept


def stored(tensors, tag):
    """The same as octet_graph.safetensors_bytes takes it."""
    return {name: StoredTensor(tag, tuple(tensor.shape), tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
            for name, tensor in tensors.items()}


def json_bytes(tensors):
    """Nine significant digits give every float32 back exactly."""
    lines = []
    for name, tensor in tensors.items():
        data = ",".join(f"{v:.9g}" for v in tensor.reshape(-1).tolist())
        lines.append(f'{json.dumps(name)}: {{"dtype": "F32", "shape": {json.dumps(list(tensor.shape))}, "data": [{data}]}}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def three_numbers(text):
    values = [float(v) for v in text.split(",")]
    if len(values) != 3:
        raise argparse.ArgumentTypeError(f"expected three numbers with commas between them, found '{text}'")
    return text


def image_shape(text):
    """(channels, height, width)"""
    if not re.fullmatch(r"[1-9]\d*x[1-9]\d*x[1-9]\d*", text, re.ASCII):
        raise Refused(f"--input {text}: expected channels x height x width, as in 3x224x224")
    return tuple(map(int, text.split("x")))


def keyword_arguments(text):
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise Refused(f"--args {text}: is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise Refused(f"--args {text}: expected a JSON object, names and values")
    return arguments


def metadata_of(args, classes):
    metadata = {"format": "pt", "mean": args.mean, "std": args.std}
    if classes:
        metadata["classes"] = str(classes)
    return metadata


def summary(target, tensors, content):
    return f"{target}: {len(tensors)} tensors, {sum(t.numel() for t in tensors.values()):,} values, {len(content):,} bytes"


def export_weights(args):
    """SOURCE TARGET: writes a file of weights."""
    dtype, tag = DTYPES[args.dtype]
    tensors = checked(read_state_dict(args.source), dtype)
    classes = tensors[args.classifier].shape[0] if args.classifier in tensors else None
    if args.json:
        content = json_bytes({name: t.float() for name, t in tensors.items()})
    else:
        content = safetensors_bytes(stored(tensors, tag), metadata_of(args, classes))
    Path(args.target).write_bytes(content)
    return [summary(args.target, tensors, content)]


def made_from(args):
    arguments = f" with {args.args}" if args.args != "{}" else ""
    weights = f", weights of {Path(args.state_dict).name}" if args.state_dict else ""
    return f"{args.source}{arguments}{weights} (torch {torch.__version__.partition('+')[0]})"


def export_model(args):
    """SOURCE --input --name --out: writes a file of weights and a header with the network."""
    shape, own = image_shape(args.input), struct_name(args.name)
    model = load_model(args.source, keyword_arguments(args.args), args.state_dict)
    dtype, tag = DTYPES[args.dtype]
    round_weights(model, dtype)  # so that the comparison below is one of networks, not of types
    traced = trace(model, shape)
    tensors = checked(traced.tensors, dtype)
    *size, classes = traced.nodes[-1].shape
    content = safetensors_bytes(stored(tensors, tag), metadata_of(args, classes if size == [1, 1] else None))
    text = header(traced.nodes, args.name, made_from(args))
    most = compare(traced, content)
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    weights, network = folder / f"{args.name}.safetensors", folder / f"{args.name}.hpp"
    weights.write_bytes(content)
    network.write_text(text, encoding="utf-8")
    return [summary(weights, tensors, content),
            f"{network}: networks::{own}, {len(traced.nodes)} operations, {len(fuse(traced.nodes))} after fusion",
            f"checked: these operations with these weights give the model's result, but for {most:.2g} of its largest value"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("source", help="FILE.pth, FILE.safetensors, torchvision:NAME; a model: FILE.py:CALLABLE, MODULE:CALLABLE")
    p.add_argument("target", nargs="?", help="of weights: the file to write")
    p.add_argument("--dtype", choices=DTYPES, default="f32")
    p.add_argument("--mean", type=three_numbers, default="0.485,0.456,0.406")
    p.add_argument("--std", type=three_numbers, default="0.229,0.224,0.225")
    weights = p.add_argument_group("weights")
    weights.add_argument("--json", action="store_true", help="write plain JSON, in F32 (values are rounded to --dtype first)")
    weights.add_argument("--classifier", default="fc.weight", help="the tensor whose first dimension is the number of classes")
    model = p.add_argument_group("a model")
    model.add_argument("--input", metavar="CxHxW", help="the image: channels, height and width, as in 3x224x224")
    model.add_argument("--name", help="of network and files: letters, digits and _; mobilenet_v2 becomes networks::MobilenetV2")
    model.add_argument("--out", metavar="DIR", default=".", help="where NAME.safetensors and NAME.hpp go")
    model.add_argument("--args", metavar="JSON", default="{}", help="""what the callable is called with: '{"num_classes": 10}'""")
    model.add_argument("--state-dict", metavar="FILE", help=".pth or .safetensors; without it the weights the callable gives it")
    args = p.parse_args()
    if args.input and (not args.name or args.target or args.json):
        p.error("a model is exported by MODULE:CALLABLE --input CxHxW --name NAME --out DIR, without TARGET and --json")
    if not args.input and not args.target:
        p.error("expected SOURCE TARGET for weights; MODULE:CALLABLE --input CxHxW --name NAME for a model")
    try:
        lines = export_model(args) if args.input else export_weights(args)
    except (Refused, OSError) as error:
        print(f"export.py: {error}", file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
