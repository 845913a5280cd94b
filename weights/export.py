#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns PyTorch weights into a file that octet reads: safetensors, or plain JSON for small networks.

    export.py resnet18.pth resnet18.safetensors                  a state_dict, or a checkpoint that holds one
    export.py resnet18.pth resnet18.safetensors --dtype f16      half the size
    export.py torchvision:resnet18 imagenet.safetensors          a model of torchvision's, with its default weights (downloads them)
    export.py small.pth small.json --json                        {"fc.weight": {"dtype": "F32", "shape": [10, 64], "data": [...]}, ...}
    export.py resnet18.safetensors smaller.safetensors --dtype bf16

Tensors keep PyTorch's names; `num_batches_tracked`, which inference has no use for, is dropped. The same input gives the same
bytes. Class count, mean and standard deviation go into the metadata, as strings.
"""

import argparse
import json
import struct
import sys
from pathlib import Path

import torch

DTYPES = {"f32": (torch.float32, "F32"), "f16": (torch.float16, "F16"), "bf16": (torch.bfloat16, "BF16")}
WRAPPERS = ("state_dict", "model_state_dict", "model", "module")  # where checkpoints keep their state_dict


class Refused(Exception):
    """What is wrong with the input, in words for its owner."""


def read(source):
    """The state_dict behind a path, or behind torchvision:NAME."""
    if source.startswith("torchvision:"):
        import torchvision
        name = source.partition(":")[2]
        if name not in torchvision.models.list_models():
            raise Refused(f"torchvision has no model called '{name}'")
        return torchvision.models.get_model(name, weights="DEFAULT").state_dict()
    path = Path(source)
    if not path.is_file():
        raise Refused(f"{path}: no such file")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file
        return load_file(path)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise Refused(f"{path}: torch.load(weights_only=True) does not read it. Save model.state_dict(), not the model itself") from error
    for key in WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            return loaded[key]
    return loaded


def checked(state, dtype):
    """Names and tensors, sorted by name, in the wanted type; every fault is collected, and all are reported together."""
    if not isinstance(state, dict) or not state:
        raise Refused(f"expected a state_dict (names and tensors), found {type(state).__name__}")
    state = {str(name): tensor for name, tensor in state.items()}
    if all(name.startswith("module.") for name in state):  # torch.nn.DataParallel's doing
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    kept, faults = {}, []
    for name in sorted(state):
        tensor = state[name]
        if name.rpartition(".")[2] == "num_batches_tracked":
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
                faults.append(f"{name}: its largest value, {tensor.abs().max().item():g}, does not fit {dtype}; use --dtype f32 or bf16")
    if not kept and not faults:
        faults.append("no tensors in it")
    if faults:
        raise Refused("cannot export:\n  " + "\n  ".join(faults))
    return kept


def safetensors_bytes(tensors, tag, metadata):
    """8 bytes of header length, the header (JSON, padded with spaces to a multiple of 8), the values one tensor after the other."""
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": tag, "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    values = (t.reshape(-1).view(torch.uint8).numpy().tobytes() for t in tensors.values())
    return struct.pack("<Q", len(text)) + text + b"".join(values)


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


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("source", help="FILE.pth, FILE.safetensors or torchvision:NAME")
    p.add_argument("target", help="the file to write")
    p.add_argument("--dtype", choices=DTYPES, default="f32")
    p.add_argument("--json", action="store_true", help="write plain JSON, always in F32 (values are rounded to --dtype first)")
    p.add_argument("--classifier", default="fc.weight", help="the tensor whose first dimension is the number of classes")
    p.add_argument("--mean", type=three_numbers, default="0.485,0.456,0.406")
    p.add_argument("--std", type=three_numbers, default="0.229,0.224,0.225")
    args = p.parse_args()
    try:
        dtype, tag = DTYPES[args.dtype]
        tensors = checked(read(args.source), dtype)
        metadata = {"format": "pt", "mean": args.mean, "std": args.std}
        if args.classifier in tensors:
            metadata["classes"] = str(tensors[args.classifier].shape[0])
        if args.json:
            content = json_bytes({name: t.float() for name, t in tensors.items()})
        else:
            content = safetensors_bytes(tensors, tag, dict(sorted(metadata.items())))
        Path(args.target).write_bytes(content)
    except (Refused, OSError) as error:
        print(f"export.py: {error}", file=sys.stderr)
        return 1
    values = sum(t.numel() for t in tensors.values())
    print(f"{args.target}: {len(tensors)} tensors, {values:,} values, {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
