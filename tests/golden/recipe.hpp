// Numbers that Python and C++ make alike, so that golden files need no inputs; recipe.py says what they are.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recipe {

inline std::uint64_t word(std::uint64_t seed, std::uint64_t i) {
    std::uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

inline float unit(std::uint64_t seed, std::uint64_t i) { return static_cast<float>(word(seed, i) >> 40) * 0x1p-24f; }

inline float bell(std::uint64_t seed, std::uint64_t i) {
    const std::uint64_t z = word(seed, i);
    const std::uint64_t parts = (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + (z >> 48);
    return static_cast<float>(static_cast<std::int64_t>(parts) - 131070) * 0x1p-15f;
}

/// The first `count` bytes of the numbers from the `first`-th on, the lowest byte of each first.
inline std::vector<std::uint8_t> bytes_of(std::uint64_t seed, std::size_t count, std::uint64_t first = 0) {
    std::vector<std::uint8_t> all(count);
    for (std::size_t i = 0; i < count; ++first) {
        std::uint64_t z = word(seed, first);
        for (int byte = 0; byte < 8 && i < count; ++byte, z >>= 8) all[i++] = static_cast<std::uint8_t>(z);
    }
    return all;
}

inline std::uint64_t seed_of(std::string_view text) {
    std::uint64_t value = 0xCBF29CE484222325u;
    for (const char c : text) value = (value ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
    return value;
}

/// The float with these eight hex digits.
inline float from_bits(const std::string& hex) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(hex, nullptr, 16)));
}

}  // namespace recipe
