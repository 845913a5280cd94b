#!/usr/bin/env python3
"""Writes data/golden/fbgemm.txt: small operations through PyTorch 2.9.1's engine fbgemm, on numbers where a wrong
rounding shows - results that are ties, tails of tensors - which whole networks hardly ever meet.

    make_fbgemm.py ../data/golden/fbgemm.txt          (one thread; torch==2.9.1)

Lines, numbers as hexadecimal: floats as their 32 bits, tensors as their bytes.
    add RELU s_a z_a s_b z_b s_y z_y A B Y            flat, n elements
    quantize s z X Y                                  X: float32, little endian
    average h w c s z X Y                             X: h x w x c, Y: c
"""
import sys

import numpy as np
import torch

f32 = np.float32


def bits(x):
    return f"{f32(x).view(np.uint32):08x}"


def quantized(values, scale, zero_point):
    return torch._make_per_tensor_quantized_tensor(torch.from_numpy(values), float(scale), int(zero_point))


def main():
    torch.set_num_threads(1)
    torch.backends.quantized.engine = "fbgemm"
    rng = np.random.default_rng(1)
    lines = []
    for case in range(16):
        n = [64, 63, 200, 129][case % 4]
        s_a = f32(10 ** rng.uniform(-3, 0))
        ties = case % 2 == 0
        s_b = s_a if ties else f32(10 ** rng.uniform(-3, 0))
        s_y = f32(2 * s_a) if ties else f32(10 ** rng.uniform(-2.5, 0.5))
        z_a, z_b, z_y = (int(z) for z in rng.integers(0, 256, 3))
        a, b = rng.integers(0, 256, (2, n)).astype(np.uint8)
        op = torch.ops.quantized.add_relu if case // 4 % 2 else torch.ops.quantized.add
        y = op(quantized(a, s_a, z_a), quantized(b, s_b, z_b), float(s_y), z_y).int_repr().numpy()
        lines.append(f"add {case // 4 % 2} {bits(s_a)} {z_a} {bits(s_b)} {z_b} {bits(s_y)} {z_y} "
                     f"{a.tobytes().hex()} {b.tobytes().hex()} {y.tobytes().hex()}")
    for case in range(10):
        s = f32(10 ** rng.uniform(-4, 1))
        z = int(rng.integers(0, 256))
        x = ((rng.integers(-300, 300, 150) + 0.5) * s).astype(f32)  # ties, or beside them once rounded
        x[:6] = [np.nan, np.inf, -np.inf, 3e9, -3e9, 1e30]
        y = torch.quantize_per_tensor(torch.from_numpy(x), float(s), z, torch.quint8).int_repr().numpy()
        lines.append(f"quantize {bits(s)} {z} {x.tobytes().hex()} {y.tobytes().hex()}")
    for h, w, c in ((7, 7, 16), (2, 2, 40), (1, 3, 9), (6, 4, 33), (4, 4, 64)):
        s, z = f32(10 ** rng.uniform(-3, 0)), int(rng.integers(0, 256))
        x = rng.integers(0, 256, (h, w, c)).astype(np.uint8)
        q = quantized(np.ascontiguousarray(x.transpose(2, 0, 1))[None], s, z).contiguous(memory_format=torch.channels_last)
        y = torch.nn.functional.adaptive_avg_pool2d(q, 1).int_repr().numpy().reshape(c)
        lines.append(f"average {h} {w} {c} {bits(s)} {z} {x.tobytes().hex()} {y.tobytes().hex()}")
    with open(sys.argv[1], "w") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
