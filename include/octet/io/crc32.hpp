// CRC-32 with zlib's polynomial, so that Python's `zlib.crc32` gives the same number: what a file of
// weights carries to notice a flipped bit.
//
//   crc' = table[0][(crc ^ byte) & 255] ^ (crc >> 8)
//
// takes one byte at a time and waits for each look-up. table[k][b] is the effect of byte b with k more bytes
// behind it, so eight look-ups that do not wait for one another take eight bytes at once ("slicing by 8").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace octet {

namespace detail {

using Crc32Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Crc32Tables make_crc32_tables() {
    Crc32Tables table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
        table[0][byte] = crc;
    }
    for (std::size_t k = 1; k < table.size(); ++k)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = table[k - 1][byte];
            table[k][byte] = table[0][before & 255u] ^ (before >> 8);
        }
    return table;
}

inline constexpr Crc32Tables crc32_tables = make_crc32_tables();

}  // namespace detail

/// The CRC-32 of `bytes`. For data in pieces, pass the result for what came before as `seed`:
/// `crc32(b, crc32(a))` is the CRC of a followed by b.
constexpr std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t seed = 0) {
    const auto& table = detail::crc32_tables;
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    std::uint32_t crc = ~seed;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        // Spelled with shifts, which compilers turn into one load, so that byte order does not matter.
        const std::uint32_t low = crc ^ (at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24);
        const std::uint32_t high = at(i + 4) | at(i + 5) << 8 | at(i + 6) << 16 | at(i + 7) << 24;
        crc = table[7][low & 255u] ^ table[6][(low >> 8) & 255u] ^ table[5][(low >> 16) & 255u] ^ table[4][low >> 24] ^
              table[3][high & 255u] ^ table[2][(high >> 8) & 255u] ^ table[1][(high >> 16) & 255u] ^
              table[0][high >> 24];
    }
    for (; i < bytes.size(); ++i) crc = table[0][(crc ^ at(i)) & 255u] ^ (crc >> 8);
    return ~crc;
}

}  // namespace octet
