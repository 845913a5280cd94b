"""Makes tests/data/golden/observers.txt: what PyTorch's observers make of streams of numbers.

    pip install torch==2.9.1 numpy
    python tests/golden/make_observers.py tests/data/golden/observers.txt

The numbers themselves are made by recipe.py and, in the test, by recipe.hpp. Two kinds of lines:

    stream KIND SEED SCALE BATCHES size...   OBSERVER scale zero_point ...
    weight KIND SEED SCALE CHANNELS ROW      scale...

SCALE and the scales are float32 bits in hex. Behind each observer of OBSERVERS that a stream went through are its
scale and zero point; the histogram ones also give the range they chose.
"""
import sys
import warnings

import numpy as np
import torch
from torch.ao.quantization import observer

from recipe import bell, bits, f32, unit, word

warnings.filterwarnings("ignore")
torch.set_num_threads(1)  # as many threads sum in another order

SYMMETRIC = dict(dtype=torch.qint8, qscheme=torch.per_tensor_symmetric)
OBSERVERS = {
    "histogram": lambda: observer.HistogramObserver(),
    "histogram_reduced": lambda: observer.HistogramObserver(reduce_range=True),
    "minmax": lambda: observer.MinMaxObserver(),
    "minmax_reduced": lambda: observer.MinMaxObserver(reduce_range=True),
    "minmax_symmetric": lambda: observer.MinMaxObserver(**SYMMETRIC),
    "moving": lambda: observer.MovingAverageMinMaxObserver(),
}
KINDS = ["normal", "relu", "cubed", "constant", "steps", "shifted", "tiny", "growing", "shrinking", "negative", "single",
         "sparse", "flat", "infinite"]


def numbers(kind, seed, scale, count, first, batch):
    """Batch number `batch` of a stream: its elements `first` to `first + count`."""
    n, s = bell(seed, count, first), f32(scale)
    if kind == "relu":
        return np.maximum(n * s, f32(0))
    if kind == "cubed":
        return n * n * n * s
    if kind == "constant":
        return np.full(count, s)
    if kind == "steps":
        return np.full(count, s if batch < 2 else s * f32(-3))
    if kind == "shifted":
        return (np.abs(n) + f32(1)) * s
    if kind == "tiny":
        return n * s * f32(2.0**-34)
    if kind == "growing":
        return n * s * f32((batch + 1) ** 2)
    if kind == "shrinking":
        return n * s * f32(2.0**-batch)
    if kind == "negative":
        return -np.abs(n) * s
    if kind == "sparse":  # mostly zeros, some of them far out
        return np.where(unit(seed + 1, count, first) < f32(0.9), f32(0), n * n * n * s)
    if kind == "flat":
        return unit(seed, count, first) * s
    if kind == "infinite":
        return np.where(word(seed + 1, count, first) % np.uint64(97) == 0, f32(np.inf), n * s)
    return n * s  # normal, single


def stream(index):
    kind, seed = KINDS[index % len(KINDS)], 1000 + index
    choose = [int(w) for w in word(seed + 500000, 16)]
    scale = f32(2.0 ** (choose[0] % 12 - 7)) * f32(1 + choose[1] % 1000 / 1024)
    batches = 1 + choose[2] % 6
    most = (40, 600, 6000)[choose[3] % 3]
    sizes = [1 if kind == "single" else 1 + c % most for c in choose[4:4 + batches]]
    if index == 0:
        sizes = [300000, 7, 50000]  # more than fits a cache, or a histogram's bins evenly
    # averaging an infinite maximum makes NaN, which PyTorch asserts against
    observers = {name: make() for name, make in OBSERVERS.items() if kind != "infinite" or name.startswith("histogram")}
    first = 0
    for batch, size in enumerate(sizes):
        x = torch.from_numpy(numbers(kind, seed, scale, size, first, batch))
        for o in observers.values():
            o(x)
        first += size
    words = ["stream", kind, str(seed), bits(scale), str(len(sizes)), *map(str, sizes)]
    for name, o in observers.items():
        s, z = o.calculate_qparams()
        words += [name, bits(s), str(int(z))]
        if name.startswith("histogram"):
            lo, hi = o._non_linear_param_search()
            words += [bits(lo), bits(hi)]
    return " ".join(words) + "\n"


def weight(index):
    kind, seed = KINDS[index % len(KINDS)], 9000 + index
    choose = [int(w) for w in word(seed + 500000, 3)]
    scale, channels, row = f32(2.0 ** (choose[0] % 12 - 9)), 1 + choose[1] % 9, 1 + choose[2] % 300
    if kind == "infinite":
        kind = "normal"
    x = torch.from_numpy(numbers(kind, seed, scale, channels * row, 0, 0)).reshape(channels, row)
    o = observer.PerChannelMinMaxObserver(ch_axis=0, dtype=torch.qint8, qscheme=torch.per_channel_symmetric)
    o(x)
    scales, zeros = o.calculate_qparams()
    assert not zeros.any()
    return " ".join(["weight", kind, str(seed), bits(scale), str(channels), str(row), *map(bits, scales)]) + "\n"


with open(sys.argv[1], "w") as out:
    out.write(f"# made by tests/golden/make_observers.py with torch {torch.__version__}\n")
    out.writelines(stream(i) for i in range(112))
    out.writelines(weight(i) for i in range(28))
