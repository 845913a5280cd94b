# SPDX-License-Identifier: Apache-2.0
"""What octet has of PyTorch's operations: one function for each, and the modules, functions and methods that mean it.

A function takes the Translation `t` (octet_trace.py), then what PyTorch's function takes, or the module and what its forward()
takes. Tensors are Values; it returns one, or raises Unsupported.
"""

import operator

import torch
import torch.nn.functional as F
from torch import nn

from octet_graph import MOST_OPERANDS

ACTIVATIONS = "ReLU, ReLU6, Hardtanh or clamp"
POOLS = "MaxPool2d, AvgPool2d or AdaptiveAvgPool2d"
# What to take instead of an operator whose name contains one of these words.
INSTEAD = (
    (r"swish|silu|gelu|elu|mish|sigmoid|tanh|softplus|softsign|threshold", ACTIVATIONS),
    (r"norm", "BatchNorm2d directly behind a Conv2d"),
    (r"softmax", "none: apply it to the network's result"),
    (r"transpose\w*\dd|upsample|interpolate|pixel_?shuffle", "nothing that enlarges an image"),
    (r"conv|unfold", "nn.Conv2d"),
    (r"linear|matmul|addmm|bmm|einsum|attention", "nn.Linear on a vector"),
    (r"pool", POOLS),
    (r"pad", "zero padding directly before a Conv2d"),
    (r"chunk|split|getitem|narrow|select|unbind", "whole values only, no parts of one"),
    (r"permute|transpose|movedim|swapaxes|squeeze|shuffle|roll|flip", "flatten(x, 1)"),
    (r"sub|div|neg|pow|sqrt|exp|abs|max|min|sum", "+ and * of two values of the same shape"),
)
OTHERWISE = f"Conv2d, BatchNorm2d, Linear, {ACTIVATIONS}, {POOLS}, mean, flatten, +, * and cat"


class Unsupported(Exception):
    """What octet does not have, and what it has instead."""

    def __init__(self, what, instead):
        super().__init__(what)
        self.what, self.instead = what, instead


class Value(int):
    """A tensor made from the image: the number of the node that makes it."""


class Constant:
    """A tensor that does not come from the image."""


def pair(value):
    """(h, w) of a number, of one number in a tuple, or of two."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * 2 if len(values) == 1 else values


def both_sides(padding):
    return (*pair(padding), *pair(padding))


# --- layers with weights -----------------------------------------------------------------------------------------------------


def conv2d(t, m, x):
    if m.padding_mode != "zeros":
        raise Unsupported(f"nn.Conv2d with padding_mode='{m.padding_mode}'", "padding_mode='zeros'")
    if m.padding == "same":
        total = [d * (k - 1) for d, k in zip(m.dilation, m.kernel_size)]
        pad = (total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2)
    else:
        pad = both_sides(0 if m.padding == "valid" else m.padding)
    t.keep("weight", m.weight)
    if m.bias is not None:
        t.keep("bias", m.bias)
    return t.push("Conv2d", x, kernel=m.kernel_size, stride=m.stride, pad=pad, dilation=m.dilation, groups=m.groups,
                  bias=m.bias is not None)


def batch_norm(t, m, x):
    if m.running_mean is None:
        raise Unsupported("nn.BatchNorm2d without running statistics", "track_running_stats=True")
    if t.node(x).op not in ("Conv2d", "?"):
        raise Unsupported("nn.BatchNorm2d that does not follow a Conv2d", "BatchNorm2d directly behind a Conv2d")
    t.keep("weight", torch.ones_like(m.running_mean) if m.weight is None else m.weight)
    t.keep("bias", torch.zeros_like(m.running_mean) if m.bias is None else m.bias)
    t.keep("running_mean", m.running_mean)
    t.keep("running_var", m.running_var)
    return t.push("BatchNorm2d", x, eps=m.eps)


def linear(t, m, x):
    if len(t.torch_shape(x)) != 2:
        raise Unsupported(f"nn.Linear on a value of {t.size(x)}", "nn.Linear on a vector: flatten first")
    t.keep("weight", m.weight)
    if m.bias is not None:
        t.keep("bias", m.bias)
    return t.push("Linear", x, bias=m.bias is not None)


# --- activations -------------------------------------------------------------------------------------------------------------


def relu(t, input, inplace=False):
    return t.push("ReLU", input, inplace=inplace)


def relu6(t, input, inplace=False):
    return t.push("Clamp", input, word="relu6", low=0.0, high=6.0, inplace=inplace)


def hardtanh(t, input, min_val=-1.0, max_val=1.0, inplace=False):
    return clamp(t, input, min_val, max_val, inplace=inplace)


def clamp(t, input, min=None, max=None, *, inplace=False):
    if isinstance(min, (int, float)) and min == 0 and max is None:
        return relu(t, input, inplace)
    if not all(isinstance(bound, (int, float)) and abs(bound) < float("inf") for bound in (min, max)) or not min < max:
        raise Unsupported(f"{t.operator} with bounds {min} and {max}", "clamp between two numbers, the lower one first")
    return t.push("Clamp", input, low=float(min), high=float(max), inplace=inplace)


# --- pools and shapes --------------------------------------------------------------------------------------------------------


def max_pool(t, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if pair(dilation) != (1, 1):
        raise Unsupported(f"{t.operator} with dilation", "pools without dilation")
    if return_indices:
        raise Unsupported(f"{t.operator} with return_indices", "pools without indices")
    return t.push("MaxPool2d", input, kernel=pair(kernel_size), stride=pair(stride or kernel_size), pad=both_sides(padding),
                  ceil_mode=ceil_mode)


def avg_pool(t, input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    return t.push("AvgPool2d", input, kernel=pair(kernel_size), stride=pair(stride or kernel_size), pad=both_sides(padding),
                  ceil_mode=ceil_mode, include_pad=count_include_pad, divisor=divisor_override or 0)


def adaptive_avg_pool(t, input, output_size):
    return t.push("AdaptiveAvgPool2d", input)


def mean(t, input, dim=None, keepdim=False, *, dtype=None):
    batch, channels, *image = t.torch_shape(input)
    rank = 2 + len(image)
    axes = range(rank) if dim is None else [d % rank for d in ([dim] if isinstance(dim, int) else dim)]
    if rank != 4 or sorted(axes) != [2, 3] or dtype not in (None, torch.float32):
        raise Unsupported(f"{t.operator} with dim={dim}", "mean over height and width, dim=[2, 3]")
    pooled = t.push("AdaptiveAvgPool2d", input, torch_shape=(batch, channels, 1, 1))
    return pooled if keepdim else t.push("Flatten", pooled)


def flatten(t, input, *_, **__):
    """flatten, view, reshape: whatever it was told, it made this shape out of that one."""
    before, after = t.torch_shape(input), t.torch_shape()
    if before == after:
        return input
    if len(before) != 4 or len(after) != 2 or after[0] != before[0]:
        raise Unsupported(f"{t.operator} from {t.size(input)} to {t.size()}", "flatten(x, 1)")
    return t.push("Flatten", input)


def zero_pad(t, input, pad, mode="constant", value=None):
    left, right, top, bottom = [*pad, 0, 0][:4]
    if mode != "constant" or value or any(pad[4:]):
        what = f"mode='{mode}'" if mode != "constant" else f"value={value}" if value else f"pad={list(pad)}"
        raise Unsupported(f"{t.operator} with {what}", "zero padding of height and width")
    if min(pad) < 0:
        raise Unsupported(f"{t.operator} that cuts off (pad={list(pad)})", "padding of 0 or more")
    return t.push("Pad", input, pad=(top, left, bottom, right))


# --- operations on two values and more ---------------------------------------------------------------------------------------


def add(t, input, other, *, alpha=1, inplace=False):
    if alpha != 1:
        raise Unsupported(f"{t.operator} with alpha={alpha}", "+ without a factor")
    return elementwise(t, "Add", input, other, inplace)


def mul(t, input, other, *, inplace=False):
    return elementwise(t, "Mul", input, other, inplace)


def elementwise(t, op, a, b, inplace):
    if not (isinstance(a, Value) and isinstance(b, Value)):
        raise Unsupported(f"{t.operator} with a constant", f"{'+' if op == 'Add' else '*'} of two values of the network")
    if t.torch_shape(a) != t.torch_shape(b):
        raise Unsupported(f"{t.operator} of {t.size(a)} and {t.size(b)}", "+ and * of two values of the same shape")
    return t.push(op, a, b, inplace=inplace)


def cat(t, tensors, dim=0, axis=None):
    dim = dim if axis is None else axis
    if dim % len(t.torch_shape()) != 1:
        raise Unsupported(f"{t.operator} with dim={dim}", "cat along the channels, dim=1")
    if len(tensors) > MOST_OPERANDS:
        raise Unsupported(f"{t.operator} of {len(tensors)} values", f"cat of at most {MOST_OPERANDS}: join some of them first")
    return t.push("Cat", *tensors)


# --- operations that do nothing ----------------------------------------------------------------------------------------------


def same(t, input, *_, **__):
    return input


def copy(t, input, *_, **__):
    return Value(t.number(input))


def dropout(t, input, p=0.5, training=True, inplace=False):
    if training and p:
        raise Unsupported(f"{t.operator} with training=True", "dropout that does nothing in eval mode: training=self.training")
    return input


def inplace(function):
    """The same on the memory of its first operand."""
    return lambda t, *args, **options: function(t, *args, **options, inplace=True)


MODULES = {
    nn.Conv2d: conv2d,
    nn.BatchNorm2d: batch_norm,
    nn.Linear: linear,
    nn.ReLU: lambda t, m, x: relu(t, x, m.inplace),
    nn.ReLU6: lambda t, m, x: relu6(t, x, m.inplace),
    nn.Hardtanh: lambda t, m, x: hardtanh(t, x, m.min_val, m.max_val, m.inplace),
    nn.MaxPool2d: lambda t, m, x: max_pool(t, x, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices),
    nn.AvgPool2d: lambda t, m, x: avg_pool(t, x, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad,
                                           m.divisor_override),
    nn.AdaptiveAvgPool2d: lambda t, m, x: adaptive_avg_pool(t, x, m.output_size),
    nn.Flatten: lambda t, m, x: flatten(t, x),
    nn.ZeroPad2d: lambda t, m, x: zero_pad(t, x, m.padding),
    nn.ConstantPad2d: lambda t, m, x: zero_pad(t, x, m.padding, "constant", m.value),
}
for nothing in (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout):
    MODULES[nothing] = lambda t, m, x: x
NOTHING_IN_EVAL = ("StochasticDepth",)  # modules of other packages, by the name of their class

FUNCTIONS = {
    F.relu: relu, torch.relu: relu, torch.relu_: inplace(relu),
    F.relu6: relu6,
    F.hardtanh: hardtanh, F.hardtanh_: inplace(hardtanh),
    torch.clamp: clamp, torch.clip: clamp, torch.clamp_: inplace(clamp), torch.clip_: inplace(clamp),
    F.max_pool2d: max_pool, torch.max_pool2d: max_pool,
    F.avg_pool2d: avg_pool,
    F.adaptive_avg_pool2d: adaptive_avg_pool,
    torch.mean: mean,
    torch.flatten: flatten, torch.reshape: flatten,
    F.pad: zero_pad,
    operator.add: add, torch.add: add, operator.iadd: inplace(add),
    operator.mul: mul, torch.mul: mul, torch.multiply: mul, operator.imul: inplace(mul),
    torch.cat: cat, torch.concat: cat, torch.concatenate: cat,
    F.dropout: dropout, F.dropout1d: dropout, F.dropout2d: dropout, F.dropout3d: dropout, F.alpha_dropout: dropout,
    F.feature_alpha_dropout: dropout,
}
METHODS = {
    "relu": relu, "relu_": inplace(relu),
    "clamp": clamp, "clip": clamp, "clamp_": inplace(clamp), "clip_": inplace(clamp),
    "mean": mean,
    "flatten": flatten, "view": flatten, "reshape": flatten,
    "add": add, "add_": inplace(add),
    "mul": mul, "multiply": mul, "mul_": inplace(mul),
    "contiguous": same, "detach": same, "clone": copy,
}
