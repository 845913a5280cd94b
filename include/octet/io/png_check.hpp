// What must be known of a PNG before stb_image may decode it: that no bit of it was flipped. A PNG carries a CRC for
// each of its chunks (length, type, data, CRC), which PIL checks and stb does not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "crc32.hpp"

namespace octet::detail {

inline bool is_png(std::span<const std::uint8_t> file) {
    constexpr std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    return file.size() >= sizeof signature && std::equal(std::begin(signature), std::end(signature), file.begin());
}

/// What is wrong with a PNG, or nullptr. It may still be broken in ways that stb reports itself.
inline const char* png_flaw(std::span<const std::uint8_t> file) {
    const auto number = [](std::span<const std::uint8_t> bytes) {
        return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
    };
    for (file = file.subspan(8);;) {
        if (file.size() < 12) return "it stops before its end chunk; was it cut short?";
        const std::size_t length = number(file);
        if (length > file.size() - 12) return "it stops within a chunk; was it cut short?";
        const auto chunk = file.subspan(4, 4 + length);  // type and data
        const bool critical =
            (chunk[0] & 0x20) == 0;  // a lower-case letter: comments and the like, which are not decoded
        if (critical && crc32(std::as_bytes(chunk)) != number(file.subspan(8 + length)))
            return "a chunk does not match its CRC";
        if (chunk[0] == 'I' && chunk[1] == 'E' && chunk[2] == 'N' && chunk[3] == 'D') return nullptr;
        file = file.subspan(12 + length);
    }
}

}  // namespace octet::detail
