"""Makes tests/data/golden/observers.txt and observers_1_13.txt: what PyTorch's observers make of streams of numbers.

    pip install torch==2.9.1 numpy
    python tests/golden/make_observers.py tests/data/golden/observers.txt
    apt-get install python3-torch                                              # Debian 12 has 1.13.1
    /usr/bin/python3 tests/golden/make_observers.py tests/data/golden/observers_1_13.txt

PyTorch 1.13 writes what it does in another way, the histogram. The numbers themselves are made by recipe.py and, in the
test, by recipe.hpp. A line that names a tensor, and below it a line for each observer that saw it:

    stream KIND SEED SCALE BATCHES size...               weight KIND SEED SCALE BATCHES CHANNELS ROW
    OBSERVER SCHEME scale zero_point ...                 OBSERVER SCHEME scale zero_point ...
    HISTOGRAM_OBSERVER min max crc SCHEME ...

    fixed
    FixedQParamsObserver scale zero_point ...

All floats are float32 bits in hex. SCHEME is a number of `scheme`; a few of the 32 are asked for each stream. Weights
have a scale and a zero point for each channel; min and max are the range that a histogram chose, crc is the CRC-32 of
its counts.
"""
import sys
import warnings
import zlib

import numpy as np
import torch
from torch.ao.quantization import observer

from recipe import bell, bits, f32, unit, word

warnings.filterwarnings("ignore")
torch.set_num_threads(1)  # as many threads sum in another order

OLD = torch.__version__.startswith("1.13")
MOVING, MOVING_CHANNELS = observer.MovingAverageMinMaxObserver, observer.MovingAveragePerChannelMinMaxObserver
STREAM_OBSERVERS = {
    "MinMaxObserver": observer.MinMaxObserver,
    "MovingAverageMinMaxObserver": MOVING,
    "MovingAverageMinMaxObserver(0.3)": MOVING.with_args(averaging_constant=0.3),
}
WEIGHT_OBSERVERS = {
    "PerChannelMinMaxObserver": observer.PerChannelMinMaxObserver,
    "MovingAveragePerChannelMinMaxObserver": MOVING_CHANNELS,
    "MovingAveragePerChannelMinMaxObserver(0.3)": MOVING_CHANNELS.with_args(averaging_constant=0.3),
}
SCHEMES = 32
KINDS = ["normal", "relu", "cubed", "constant", "steps", "shifted", "tiny", "growing", "shrinking", "negative", "single",
         "sparse", "flat", "whole", "gaps", "zero", "denormal", "infinite", "unbounded", "huge"]
# Averaging an infinity makes NaN, which PyTorch asserts against.
ONLY_MIN_MAX = ["infinite", "unbounded", "huge"]
# torch.histc divides by a range that overflows. 1.13 makes Python integers of the range, and of quotients of ranges.
NO_HISTOGRAM = ["huge"] + (["infinite", "unbounded", "denormal"] if OLD else [])


def scheme(number, per_channel=False):
    """Observer arguments number 0 to 31. Bits, lowest first: qint8, symmetric, reduced, custom range, eps."""
    signed, symmetric, reduced, custom, eps = (number >> bit & 1 for bit in range(5))
    return dict(
        dtype=torch.qint8 if signed else torch.quint8,
        qscheme=getattr(torch, f"per_{'channel' if per_channel else 'tensor'}_{'symmetric' if symmetric else 'affine'}"),
        reduce_range=bool(reduced),
        **(dict(quant_min=-127 if signed else 0, quant_max=127 if signed else 201) if custom else {}),
        **(dict(eps=2**-12) if eps else {}))


def min_max_refuses(number):
    """quint8, symmetric, reduced: only the histogram observer takes it."""
    return number & 7 == 6


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
    if kind == "whole":  # on the edges of bins
        return np.rint(n * f32(64))
    if kind == "zero":
        return np.zeros(count, f32)
    if kind == "denormal":
        return n * s * f32(2.0**-140)
    if kind == "infinite":
        return np.where(word(seed + 1, count, first) % np.uint64(97) == 0, f32(np.inf), n * s)
    if kind == "unbounded":  # to both sides
        return np.where(word(seed + 1, count, first) % np.uint64(97) == 0, np.copysign(f32(np.inf), n), n * s)
    if kind == "huge":
        return n * f32(0.25) * np.finfo(f32).max
    return n * s  # normal, single, gaps


def pairs(scales, zero_points):
    return [word for s, z in zip(scales.tolist(), zero_points.tolist()) for word in (bits(f32(s)), str(int(z)))]


def refuses(make, args):
    try:
        make(**args)
    except NotImplementedError:
        return True
    return False


def histogram_words(batches, chosen, check=False, bins=2048):
    """One histogram for all schemes: they have no part in it, nor in the search. `check` makes sure of that."""
    o = observer.HistogramObserver(bins=bins)
    for x in batches:
        o(x)
    lo, hi = o._non_linear_param_search()
    words = [bits(lo), bits(hi), f"{zlib.crc32(o.histogram.numpy().astype('<f4').tobytes()):08x}"]
    for number in chosen:
        one = observer.HistogramObserver(**scheme(number))
        words += [str(number), *pairs(*one._calculate_qparams(lo, hi))]
        if check:
            for x in batches:
                one(x)
            assert pairs(*one.calculate_qparams()) == words[-2:]
    return words


def stream(index):
    kind, seed = KINDS[index % len(KINDS)], 1000 + index
    choose = [int(w) for w in word(seed + 500000, 16)]
    scale = f32(2.0 ** (choose[0] % 12 - 7)) * f32(1 + choose[1] % 1000 / 1024)
    batches = 1 + choose[2] % 6
    most = (40, 600, 6000)[choose[3] % 3]
    sizes = [1 if kind == "single" else 1 + c % most for c in choose[4:4 + batches]]
    if kind == "gaps":
        sizes = [0 if c % 2 else size for c, size in zip(choose[10:], sizes[:-1])] + sizes[-1:]
    if index == 0:
        sizes = [300000, 7, 50000]  # more than fits a cache, or a histogram's bins evenly
    data, first = [], 0
    for batch, size in enumerate(sizes):
        data.append(torch.from_numpy(numbers(kind, seed, scale, size, first, batch)))
        first += size
    lines = [["stream", kind, str(seed), bits(scale), str(len(sizes)), *map(str, sizes)]]
    chosen = [(index * 6 + i) % SCHEMES for i in range(6)]
    for name, make in STREAM_OBSERVERS.items() if not OLD else ():
        if name != "MinMaxObserver" and kind in ONLY_MIN_MAX:
            continue
        words = [name]
        for number in chosen:
            if min_max_refuses(number):
                assert refuses(make, scheme(number))
                continue
            o = make(**scheme(number))
            for x in data:
                o(x)
            words += [str(number), *pairs(*o.calculate_qparams())]
        lines.append(words)
    if kind not in NO_HISTOGRAM:
        name = "torch_1_13::HistogramObserver" if OLD else "HistogramObserver"
        lines.append([name, *histogram_words(data, chosen, check=index % 16 == 1)])
        if index % 3 == 1:  # a number of bins that multiplies inexactly
            lines.append([name + "(1000)", *histogram_words(data, [], bins=1000)])
    return lines if len(lines) > 1 else []


def weight(index):
    kind, seed = KINDS[index % len(KINDS)], 9000 + index
    if kind in ("infinite", "unbounded", "huge"):
        kind = "normal"
    choose = [int(w) for w in word(seed + 500000, 4)]
    scale, batches, channels, row = f32(2.0 ** (choose[0] % 12 - 9)), 1 + choose[3] % 3, 1 + choose[1] % 9, 1 + choose[2] % 300
    size = channels * row
    lines = [["weight", kind, str(seed), bits(scale), str(batches), str(channels), str(row)]]
    for name, make in WEIGHT_OBSERVERS.items():
        for number in [(index * 3 + i) % SCHEMES for i in range(3)]:
            if min_max_refuses(number):
                assert refuses(make, scheme(number, per_channel=True))
                continue
            o = make(ch_axis=0, **scheme(number, per_channel=True))
            for b in range(batches):
                o(torch.from_numpy(numbers(kind, seed, scale, size, b * size, b)).reshape(channels, row))
            lines.append([name, str(number), *pairs(*o.calculate_qparams())])
    return lines


def fixed():
    ready = [observer.default_fixed_qparams_range_0to1_observer, observer.default_fixed_qparams_range_neg1to1_observer]
    found = [word for make in ready for word in pairs(*make().calculate_qparams())]
    return [["fixed"], ["FixedQParamsObserver", *found]]


with open(sys.argv[1], "w") as out:
    out.write(f"# made by tests/golden/make_observers.py with torch {torch.__version__}\n")
    parts = [stream(i) for i in range(7 * len(KINDS))]
    if not OLD:
        parts += [weight(i) for i in range(64)] + [fixed()]
    out.writelines(" ".join(words) + "\n" for lines in parts for words in lines)
