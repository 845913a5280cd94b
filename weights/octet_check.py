# SPDX-License-Identifier: Apache-2.0
"""Runs a graph of octet's in PyTorch, to see that it computes what the model computes."""

import torch
import torch.nn.functional as F

from octet_graph import Refused, parse_safetensors

TOLERANCE = 1e-4
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def evaluate(nodes, tensors, image):
    """What each node makes of a batch of images (NCHW), with the weights of a file: {name: tensor}."""
    values = []
    for n in nodes:
        x = [values[i] for i in n.inputs]
        weight, bias = tensors.get(n.name + ".weight"), tensors.get(n.name + ".bias")
        top, left, bottom, right = n.pad
        if n.op == "Input":
            y = image
        elif n.op == "Conv2d":
            y = F.conv2d(F.pad(x[0], (left, right, top, bottom)), weight, bias, n.stride, 0, n.dilation, n.groups)
        elif n.op == "BatchNorm2d":
            mean, variance = tensors[n.name + ".running_mean"], tensors[n.name + ".running_var"]
            y = F.batch_norm(x[0], mean, variance, weight, bias, eps=n.eps)
        elif n.op == "ReLU":
            y = F.relu(x[0])
        elif n.op == "Clamp":
            y = x[0].clamp(n.low, n.high)
        elif n.op == "MaxPool2d":
            y = F.max_pool2d(x[0], n.kernel, n.stride, (top, left), ceil_mode=n.ceil_mode)
        elif n.op == "AvgPool2d":
            y = F.avg_pool2d(x[0], n.kernel, n.stride, (top, left), n.ceil_mode, n.include_pad, n.divisor or None)
        elif n.op == "AdaptiveAvgPool2d":
            y = F.adaptive_avg_pool2d(x[0], n.shape[:2])
        elif n.op == "Flatten":
            y = x[0].flatten(1)
        elif n.op == "Add":
            y = x[0] + x[1]
        elif n.op == "Mul":
            y = x[0] * x[1]
        elif n.op == "Cat":
            y = torch.cat(x, 1)
        elif n.op == "Linear":
            y = F.linear(x[0], weight, bias)
        values.append(y)
    return values


def difference(found, expected):
    """The largest difference, as a part of the largest value; infinite where one has values that are not finite."""
    if found.shape != expected.shape:
        return float("inf")
    most = (found - expected).abs().max().item() / max(expected.abs().max().item(), 1e-30)
    return most if most == most else float("inf")


def compare(traced, content):
    """Runs the traced graph with the weights in a safetensors file; returns how far its result is from the model's."""
    stored, _ = parse_safetensors(content)
    tensors = {name: torch.frombuffer(bytearray(tensor.data), dtype=DTYPES[tensor.dtype]).reshape(tensor.shape).float()
               for name, tensor in stored.items()}
    with torch.no_grad():
        values = evaluate(traced.nodes, tensors, traced.image)
    most = difference(values[-1], traced.expected)
    if most <= TOLERANCE:
        return most
    for node, value in zip(traced.nodes, values):
        step = traced.results[node.source[-1]]
        if value.shape == step.shape and difference(value, step) > TOLERANCE:
            raise Refused(f"{node.name}: octet would be off by {difference(value, step):.2g} of the largest value; "
                          "this is a fault of the export, please report it")
    raise Refused(f"what torch.fx recorded is off the model's result by {most:.2g} of the largest value; "
                  "is a value changed in place (x += y) and read again under another name?")
