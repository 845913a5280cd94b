#!/usr/bin/env python3
"""Writes data/golden/ops_POLICY.txt: CRCs of what one of PyTorch's engines makes of single operations on random
integers, thousands of cases each, many of them made so that results are ties, where engines differ.

    make_ops.py fbgemm ../data/golden/ops_fbgemm.txt      fbgemm, onednn, x86, qnnpack: torch==2.9.1
    make_ops.py onednn2 ../data/golden/ops_onednn2.txt    torch 1.13.1, Debian 12's python3-torch

Needs a processor with AVX-512 VNNI: without, onednn and x86 saturate. One thread. Lines:

    op shape flags first_seed cases integers crc

Cases number first_seed to first_seed + cases - 1 of an operation with the shape of that index; `integers` results, and
the CRC-32 of all of them (uint8, NHWC; the float32s of dequantize), one case behind the other. ops_cases.hpp has the
same shapes and makes the same cases.
"""
import os
import sys
import zlib

os.environ["LRU_CACHE_CAPACITY"] = "1"  # of oneDNN's primitives, see forget()

import numpy as np
import torch
import torch.nn.functional as F

import recipe

f32 = np.float32

# Shapes: h, w, c of the input, then what the operation needs. Windows: kernel, stride, padding.
conv_shapes = [  # out channels, window, dilation, groups
    ((11, 11, 3), 29, (7, 2, 3), 1, 1),
    ((8, 8, 16), 33, (3, 1, 1), 1, 1),
    ((7, 6, 5), 13, ((3, 2), (2, 1), (1, 0)), 1, 1),
    ((5, 5, 64), 65, (1, 1, 0), 1, 1),
    ((9, 9, 13), 24, (1, 2, 0), 1, 1),
    ((9, 8, 8), 12, (5, 1, 2), 1, 1),
    ((8, 7, 7), 29, (3, 1, 2), 2, 1),
    ((8, 8, 8), 16, (3, 1, 1), 1, 2),
    ((6, 6, 15), 10, ((1, 3), 1, (0, 1)), 1, 5),
    ((3, 3, 128), 40, (3, 1, 1), 1, 1),
    ((9, 9, 40), 40, (3, 2, 1), 1, 40),
    ((7, 6, 24), 24, (5, 1, 2), 1, 24),
    ((7, 7, 29), 29, (3, 1, (2, 1)), (2, 1), 29),
    ((4, 5, 104), 104, (3, 1, 1), 1, 104),
    ((4, 4, 208), 104, (3, 1, 0), 1, 104),
]
linear_shapes = [(64, 10), (33, 17), (512, 65), (128, 100), (256, 259)]
flat_shapes = [(5, 5, 13), (7, 7, 29), (8, 8, 32), (3, 3, 7), (1, 1, 200), (33, 31, 33)]
clamp_shapes = [((5, 5, 13), 0, 6), ((7, 7, 29), -1, 1), ((8, 8, 32), 0.25, 2.75), ((3, 3, 7), -3, -0.1)]
max_pool_shapes = [  # window, ceil_mode
    ((12, 12, 13), (3, 2, 1), False),
    ((9, 8, 33), (2, 2, 0), False),
    ((10, 7, 5), ((3, 2), (2, 1), (1, 0)), False),
    ((10, 9, 29), (3, 2, 1), True),
    ((7, 7, 65), (2, 2, 0), True),
    ((6, 6, 64), (3, 1, 1), False),
]
avg_pool_shapes = [  # window, ceil_mode, count_include_pad, divisor_override
    ((8, 8, 16), (2, 2, 0), False, True, None),
    ((9, 9, 33), (3, 2, 1), False, True, None),
    ((9, 9, 29), (3, 2, 1), False, False, None),
    ((10, 7, 13), ((3, 2), (2, 1), (1, 0)), False, True, None),
    ((7, 7, 65), (2, 2, 0), True, True, None),
    ((10, 9, 24), (3, 2, 1), True, False, None),
    ((10, 9, 24), (3, 2, 1), True, True, None),
    ((8, 8, 40), (3, 1, 1), False, True, 7),
    ((14, 13, 21), ((7, 6), (3, 2), 0), False, True, None),
]
adaptive_avg_pool_shapes = [  # out
    ((7, 7, 33), (1, 1)),
    ((8, 6, 16), (4, 3)),
    ((7, 9, 29), (3, 4)),
    ((2, 2, 13), (7, 7)),
    ((14, 14, 40), (7, 7)),
    ((6, 5, 65), (1, 1)),
    ((6, 10, 9), (3, 2)),
    ((13, 13, 24), (2, 5)),
]
cat_shapes = [(4, 4, (16, 16)), (5, 3, (5, 13, 33)), (3, 3, (64, 8)), (6, 6, (1, 65)), (2, 3, (29, 3, 8, 40, 7, 32, 12, 5))]

# ---- Cases: what ops_cases.hpp makes, line by line ----

ACTIVATIONS, WEIGHTS, WEIGHT_SCALES, BIASES = (stream << 32 for stream in (1, 16, 17, 18))
RELATED, POWERS_OF_TWO, KINDS = 2, 3, 4  # kinds of cases: from RELATED on scales share a mantissa


class Draw:
    """The few numbers that shape a case, in the order in which they are asked for."""

    def __init__(self, seed):
        self.words = iter(recipe.word(seed, 64).tolist())

    def below(self, n):
        return (next(self.words) >> 32) * n >> 32

    def mantissa(self):
        return f32(1) + f32(next(self.words) >> 41) * f32(2.0**-23)

    def zero_point(self):
        z = self.below(288)
        return z if z < 256 else 0


def ldexp(x, exponent):
    return np.ldexp(f32(x), exponent).astype(f32)


def make_activations(seed, operand, count, zero_point, bits, highest=255):
    q = recipe.bytes_of(seed, count, ACTIVATIONS + (operand << 32)).astype(np.int32)
    if bits < 8:
        q = (q >> (8 - bits)) - (1 << (bits - 1)) + zero_point
    elif highest < 255:
        q = q >> 1
    return np.clip(q, 0, highest).astype(np.uint8)


def weighted_case(inputs, taps, outs, flags, seed):
    draw = Draw(seed)
    kind = draw.below(KINDS)
    small = kind >= RELATED
    highest = 127 if "7" in flags else 255
    z_x = draw.zero_point() & highest
    x_bits = 2 + draw.below(4) if small else 8
    w_bits = 2 + draw.below(3) if small else 8
    x = make_activations(seed, 0, inputs, z_x, x_bits, highest)
    w = recipe.bytes_of(seed, taps * outs, WEIGHTS).view(np.int8) >> (8 - w_bits)

    def square(bits):
        return (1 << 2 * bits) // 12

    x_square = square(x_bits) if small else square(7 if "7" in flags else 8) + (z_x - highest // 2) ** 2
    variance = taps * x_square * square(w_bits)
    shift = max(1, (variance.bit_length() - 1) // 2 - 6 + draw.below(3))

    x_mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    s_x = ldexp(x_mantissa, -2 - draw.below(8))
    w_mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    w_scale = ldexp(w_mantissa, -4 - draw.below(7))
    random = recipe.word(seed, outs if "c" in flags else 1, WEIGHT_SCALES)
    if "c" not in flags:
        factors = np.ones(1, f32)
    elif small:
        factors = np.array([1, 0.5, 0.75, 0.625], f32)[random & np.uint64(3)]
    else:
        factors = f32(0.5) + (random >> np.uint64(40)).astype(f32) * f32(2.0**-24)
    s_w = w_scale * factors
    y_mantissa = f32(1) if small else draw.mantissa()
    s_y = ldexp(s_x * w_scale * y_mantissa, shift)
    z_y = min(draw.zero_point(), 254 if "r" in flags else 255)

    steps = draw.below(3) if small else 0
    bias = None
    if "b" in flags:
        multiple = np.ldexp(recipe.bell(seed, outs, BIASES), shift + 4).astype(f32)
        if steps > 0:
            multiple = np.rint(multiple * f32(steps)) / f32(steps)
        bias = s_x * s_w * multiple
    return (s_x, z_x), (s_y, z_y), x, w, s_w, bias


def conv_case(shape, flags, seed):
    (h, w, c), out, (kernel, _, _), _, groups = shape
    kh, kw = pair(kernel)
    return weighted_case(h * w * c, kh * kw * (c // groups), out, flags, seed)


def linear_case(shape, flags, seed):
    return weighted_case(shape[0], shape[0], shape[1], flags, seed)


def add_case(shape, flags, seed):
    draw = Draw(seed)
    kind = draw.below(KINDS)
    exponent = 3 + draw.below(8)
    mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    s_a = ldexp(mantissa, -exponent)
    if kind < RELATED:
        second = draw.mantissa()
        s_b = ldexp(second, 1 - exponent - draw.below(3))
        result = draw.mantissa()
        s_y = ldexp(result, 1 - exponent - draw.below(2))
    elif draw.below(2) == 0:
        s_b = s_a
        s_y = f32(2) * s_a
    else:
        s_b = s_a * f32([1, 0.5, 2, 0.75][draw.below(4)])
        s_y = ldexp(mantissa, 2 - exponent - draw.below(3))
    z_a, z_b = draw.zero_point(), draw.zero_point()
    a, b = (make_activations(seed, i, np.prod(shape), z, 8) for i, z in enumerate((z_a, z_b)))
    z_y = min(draw.zero_point(), 254 if "r" in flags else 255)
    return [(s_a, z_a), (s_b, z_b)], (s_y, z_y), [a, b]


def mul_case(shape, flags, seed):
    draw = Draw(seed)
    kind = draw.below(KINDS)
    params, values, bits = [], [], 0
    for i in range(2):
        own = 3 + draw.below(6) if kind >= RELATED else 8
        mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
        s = ldexp(mantissa, -2 - draw.below(8))
        z = draw.zero_point()
        params.append((s, z))
        values.append(make_activations(seed, i, np.prod(shape), z, own))
        bits += own
    mantissa = f32(1) if kind >= RELATED else draw.mantissa()
    s_y = ldexp(params[0][0] * params[1][0] * mantissa, max(1, bits - 10 + draw.below(3)))
    z_y = min(draw.zero_point(), 254 if "r" in flags else 255)
    return params, (s_y, z_y), values


def unary_case(shape, seed):
    draw = Draw(seed)
    kind = draw.below(KINDS)
    mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    s = ldexp(mantissa, -draw.below(9))
    z = draw.zero_point()
    return (s, z), make_activations(seed, 0, np.prod(shape), z, 4 + draw.below(4) if kind >= RELATED else 8)


def clamp_case(shape, seed):
    shape, low, high = shape
    params, x = unary_case(shape, seed)
    draw = Draw(~seed & 2**64 - 1)
    if draw.below(2) == 0:  # a bound is a tie
        bound = abs(f32(low if low != 0 and draw.below(2) == 0 else high))
        params = bound / (f32(draw.below(64)) + f32(4.5)), params[1]
    return params, x


def cat_case(shape, flags, seed):
    h, w, channels = shape
    draw = Draw(seed)
    kind = draw.below(KINDS)
    exponent = 2 + draw.below(8)
    mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    params, values = [], []
    for i, c in enumerate(channels):
        s, z = ldexp(mantissa, -exponent), draw.zero_point()
        if i > 0:
            other = mantissa if kind >= RELATED else draw.mantissa()
            s = ldexp(other, 1 - exponent - draw.below(4))
            if "e" in flags:
                s, z = params[0]
        params.append((s, z))
        values.append(make_activations(seed, i, h * w * c, z, 8))
    return params, values


def quantize_case(shape, flags, seed):
    draw = Draw(seed)
    kind = draw.below(KINDS)
    mantissa = f32(1) if kind == POWERS_OF_TWO else draw.mantissa()
    s = ldexp(mantissa, -draw.below(9))
    z = draw.zero_point()
    specials = np.array([np.nan, np.inf, -np.inf, 3e9, -3e9, 1e30, -1e30, 2.0**-140, -(2.0**-140), -0.0,
                         2.0**31 * s, -(2.0**31) * s, f32(2147483520) * s, 2.0**23 * s, 2.0**62 * s, -(2.0**63) * s], f32)
    random = recipe.word(seed, np.prod(shape), ACTIVATIONS)
    choice = (random & np.uint64(7)).astype(int)
    unit = (random >> np.uint64(40)).astype(f32) * f32(2.0**-24)
    steps = unit * f32(512) - f32(256)
    x = np.where(choice < 5, np.floor(steps) + f32(0.5), steps) * s
    x = (x.view(np.int32) + np.where(choice == 3, 1, np.where(choice == 4, -1, 0)).astype(np.int32)).view(f32)
    if "s" in flags:
        x = np.where(choice == 7, specials[random >> np.uint64(8) & np.uint64(15)], x)
    return (s, z), x


# ---- PyTorch ----


def pair(x):
    return tuple(x) if isinstance(x, tuple) else (x, x)


def quantized(values, params, shape):
    """A quint8 tensor, channels last, of HWC integers."""
    x = torch.from_numpy(values.reshape(shape)).permute(2, 0, 1)[None]
    x = torch._make_per_tensor_quantized_tensor(x, float(params[0]), params[1])
    return x.contiguous(memory_format=torch.channels_last)


def integers(y):
    """The integers in NHWC order."""
    y = y.int_repr()
    return (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).contiguous().numpy()


def quantized_weight(w, scales):
    w = torch.from_numpy(np.ascontiguousarray(w))
    if len(scales) == 1:
        return torch._make_per_tensor_quantized_tensor(w, float(scales[0]), 0)
    zeros = torch.zeros(len(scales), dtype=torch.long)
    return torch._make_per_channel_quantized_tensor(w, torch.from_numpy(scales.astype(np.float64)), zeros, 0)


def forget():
    """Pushes the last layer out of oneDNN's cache, where oneDNN 2 finds layers that have other zero points."""
    weight = quantized_weight(np.ones((1, 1), np.int8), np.ones(1, f32))
    one = torch._make_per_tensor_quantized_tensor(torch.ones((1, 1), dtype=torch.uint8), 1.0, 0)
    torch.ops.quantized.linear(one, torch.ops.quantized.linear_prepack(weight, None), 1.0, 0)


def run_conv(shape, flags, seed):
    (h, w, c), out, (kernel, stride, padding), dilation, groups = shape
    (s_x, z_x), (s_y, z_y), x, weight, s_w, bias = conv_case(shape, flags, seed)
    weight = weight.reshape(out, *pair(kernel), c // groups).transpose(0, 3, 1, 2)
    packed = torch.ops.quantized.conv2d_prepack(
        quantized_weight(weight, s_w), None if bias is None else torch.from_numpy(bias), pair(stride), pair(padding),
        pair(dilation), groups)
    op = torch.ops.quantized.conv2d_relu if "r" in flags else torch.ops.quantized.conv2d
    return integers(op(quantized(x, (s_x, z_x), (h, w, c)), packed, float(s_y), z_y))


def run_linear(shape, flags, seed):
    (s_x, z_x), (s_y, z_y), x, weight, s_w, bias = linear_case(shape, flags, seed)
    packed = torch.ops.quantized.linear_prepack(
        quantized_weight(weight.reshape(shape[1], shape[0]), s_w), None if bias is None else torch.from_numpy(bias))
    x = torch._make_per_tensor_quantized_tensor(torch.from_numpy(x)[None], float(s_x), z_x)
    op = torch.ops.quantized.linear_relu if "r" in flags else torch.ops.quantized.linear
    return integers(op(x, packed, float(s_y), z_y))


def run_add(shape, flags, seed, case=add_case, ops=(torch.ops.quantized.add, torch.ops.quantized.add_relu)):
    params, (s_y, z_y), values = case(shape, flags, seed)
    a, b = (quantized(v, p, shape) for v, p in zip(values, params))
    return integers(ops["r" in flags](a, b, float(s_y), z_y))


def run_mul(shape, flags, seed):
    return run_add(shape, flags, seed, mul_case, (torch.ops.quantized.mul, torch.ops.quantized.mul_relu))


def run_relu(shape, flags, seed):
    params, x = unary_case(shape, seed)
    return integers(F.relu(quantized(x, params, shape)))


def run_clamp(shape, flags, seed):
    params, x = clamp_case(shape, seed)
    shape, low, high = shape
    x = quantized(x, params, shape).contiguous()  # QNNPACK permutes channels-last tensors
    return integers(torch.clamp(x, low, high))


def run_max_pool(shape, flags, seed):
    shape, (kernel, stride, padding), ceil_mode = shape
    params, x = unary_case(shape, seed)
    return integers(F.max_pool2d(quantized(x, params, shape), kernel, stride, padding, 1, ceil_mode))


def run_avg_pool(shape, flags, seed):
    shape, (kernel, stride, padding), *rest = shape
    params, x = unary_case(shape, seed)
    return integers(F.avg_pool2d(quantized(x, params, shape), kernel, stride, padding, *rest))


def run_adaptive_avg_pool(shape, flags, seed):
    shape, out = shape
    params, x = unary_case(shape, seed)
    return integers(F.adaptive_avg_pool2d(quantized(x, params, shape), out))


def run_cat(shape, flags, seed):
    h, w, channels = shape
    params, values = cat_case(shape, flags, seed)
    tensors = [quantized(v, p, (h, w, c)) for v, p, c in zip(values, params, channels)]
    return integers(torch.cat(tensors, 1))


def run_quantize(shape, flags, seed):
    (s, z), x = quantize_case(shape, flags, seed)
    return integers(torch.quantize_per_tensor(torch.from_numpy(x), float(s), z, torch.quint8))


def run_dequantize(shape, flags, seed):
    params, x = unary_case(shape, seed)
    return quantized(x, params, shape).dequantize().permute(0, 2, 3, 1).contiguous().numpy()


# ---- Files ----


def groups(policy):
    """(op, shape's index, shape, flags, first seed, cases); seeds are the same for all policies."""
    seed = 0

    def group(op, index, shape, flags, cases):
        nonlocal seed
        seed += cases
        return op, index, shape, flags, seed - cases, cases

    layer_flags = [r + b + c for r in ("", "r") for b in ("", "b") for c in ("", "c")]
    for index, shape in enumerate(conv_shapes):
        (_, _, c), out, _, _, groups = shape
        # FBGEMM's depthwise kernels, for multiples of 8 channels, saturate above 7 bits; engine x86 leaves more than 100
        # groups to FBGEMM.
        saturates = groups == c == out and c % 8 == 0 and (policy == "fbgemm" or policy == "x86" and groups > 100)
        for flags in layer_flags:
            yield group("conv", index, shape, flags + "7" * saturates, 20)
    for index, shape in enumerate(linear_shapes):
        for flags in layer_flags:
            yield group("linear", index, shape, flags, 40)
    for op, all_flags, shapes, times in (
            ("add", ("", "r"), flat_shapes, 3), ("mul", ("", "r"), flat_shapes[:-1], 3),
            ("relu", ("",), flat_shapes[:-1], 6), ("clamp", ("",), clamp_shapes, 8),
            ("max_pool", ("",), max_pool_shapes, 5), ("avg_pool", ("",), avg_pool_shapes, 4),
            ("adaptive_avg_pool", ("",), adaptive_avg_pool_shapes, 4), ("cat", ("", "e"), cat_shapes, 3),
            ("quantize", ("", "s"), flat_shapes[:-1], 3), ("dequantize", ("",), flat_shapes[:-1], 6)):
        for index, shape in enumerate(shapes):
            for flags in all_flags:
                large = shape == flat_shapes[-1]
                for _ in range(1 if large else times):
                    yield group(op, index, shape, flags, 20 if large else 50)


def main():
    policy, path = sys.argv[1:]
    torch.set_num_threads(1)
    torch.backends.quantized.engine = "onednn" if policy == "onednn2" else policy
    version = torch.__version__.partition("+")[0]  # Debian's 1.13.1 says 1.13.0a0
    lines = [f"# torch {version}, engine {torch.backends.quantized.engine}, one thread; made by make_ops.py"]
    for op, index, shape, flags, first, cases in groups(policy):
        run = globals()[f"run_{op}"]
        crc = count = 0
        for seed in range(first, first + cases):
            if policy == "onednn2" and op in ("conv", "linear"):
                forget()
            y = run(shape, flags, seed)
            crc = zlib.crc32(y.tobytes(), crc)
            count += y.size
        lines.append(f"{op} {index} {flags or '-'} {first} {cases} {count} {crc:08x}")
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
