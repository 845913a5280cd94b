"""Numbers that Python and C++ make alike (recipe.hpp has the same functions), so that golden files need no inputs.

    word(seed, i)   splitmix64: the i-th number of the stream that begins at `seed`
    unit(seed, i)   its upper 24 bits as a float in [0, 1)
    bell(seed, i)   the sum of its four 16-bit parts, centred, in units of 2^-15: about normal, standard deviation 1.155
    seed_of(text)   FNV-1a, 64 bits
    bytes_of(seed)  the numbers' bytes, lowest first

Every step is exact or rounded once to float32, so there is nothing in which two implementations can differ.
"""
import numpy as np

f32, u64 = np.float32, np.uint64


def word(seed, count, first=0):
    with np.errstate(over="ignore"):
        z = u64(seed) + (np.arange(first, first + count, dtype=u64) + u64(1)) * u64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> u64(30))) * u64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> u64(27))) * u64(0x94D049BB133111EB)
        return z ^ (z >> u64(31))


def unit(seed, count, first=0):
    return (word(seed, count, first) >> u64(40)).astype(f32) * f32(2.0**-24)


def bell(seed, count, first=0):
    z = word(seed, count, first)
    parts = sum(((z >> u64(shift)) & u64(0xFFFF)).astype(np.int64) for shift in (0, 16, 32, 48))
    return (parts - 131070).astype(f32) * f32(2.0**-15)


def bytes_of(seed, count, first=0):
    return word(seed, -(-count // 8), first).astype("<u8").view(np.uint8)[:count]


def seed_of(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def bits(x):
    """A float32 as eight hex digits."""
    return f"{int(np.asarray(x, f32).reshape(()).view(np.uint32)):08x}"
