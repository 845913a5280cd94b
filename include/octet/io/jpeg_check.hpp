// What must be known of a JPEG before stb_image may decode it.
//
// A JPEG is a row of segments, FF marker length ...; after a start of scan (SOS) follow compressed bytes, in which FF
// is always followed by 00 or a restart marker, until the next segment. This walk meets every segment that stb would,
// in the same order, and looks for what versions of stb take on trust:
//   - Huffman tables (DHT) of at most 256 codes that fill their segment: stb 2.27 writes past the end of larger ones;
//   - sampling factors (SOF) that divide the largest one: stb 2.27 reads past the end of a row otherwise;
//   - an end marker (EOI): newer versions paint missing pixels grey and say nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace octet::detail {

inline bool is_jpeg(std::span<const std::uint8_t> file) {
    return file.size() >= 2 && file[0] == 0xff && file[1] == 0xd8;
}

/// The tables of a DHT segment: class and number, 16 counts of codes by length, as many values as codes; then the next.
inline bool huffman_tables_are_sound(std::span<const std::uint8_t> segment) {
    while (!segment.empty()) {
        if (segment.size() < 17) return false;
        std::size_t codes = 0;
        for (const std::uint8_t count : segment.subspan(1, 16)) codes += count;
        if (codes > 256 || segment.size() < 17 + codes) return false;
        segment = segment.subspan(17 + codes);
    }
    return true;
}

/// The components of an SOF segment: three bytes each, of which the second holds both sampling factors.
inline bool sampling_is_sound(std::span<const std::uint8_t> segment) {
    if (segment.size() < 6 || segment.size() != 6 + std::size_t{3} * segment[5]) return false;
    for (const int shift : {0, 4}) {
        int largest = 0;
        const auto factor = [&](std::size_t component) { return segment[7 + 3 * component] >> shift & 15; };
        for (std::size_t i = 0; i < segment[5]; ++i) largest = std::max(largest, factor(i));
        for (std::size_t i = 0; i < segment[5]; ++i)
            if (factor(i) == 0 || largest % factor(i) != 0) return false;
    }
    return true;
}

/// What is wrong with a JPEG, or nullptr. It may still be broken in ways that stb reports itself.
inline const char* jpeg_flaw(std::span<const std::uint8_t> file) {
    constexpr const char* cut_short = "it stops before its end marker; was it cut short?";
    for (std::size_t at = 2;;) {
        while (at < file.size() && file[at] != 0xff) ++at;
        while (at < file.size() && file[at] == 0xff) ++at;
        if (at >= file.size()) return cut_short;
        const std::uint8_t marker = file[at++];
        if (marker == 0xd9) return nullptr;
        if (marker == 0 || (marker >= 0xd0 && marker <= 0xd7)) continue;  // compressed bytes, which have no length
        if (at + 2 > file.size()) return cut_short;
        const auto length = std::size_t(file[at] * 256 + file[at + 1]);
        if (length < 2) return "a segment has no length";
        if (length > file.size() - at) return cut_short;
        const std::span<const std::uint8_t> segment = file.subspan(at + 2, length - 2);
        if (marker == 0xc4 && !huffman_tables_are_sound(segment)) return "a Huffman table has more codes than it may";
        if (marker >= 0xc0 && marker <= 0xc2 && !sampling_is_sound(segment))
            return "its sampling factors do not fit together";
        at += length;
    }
}

}  // namespace octet::detail
