// CRC-32 with zlib's polynomial, so that Python's `zlib.crc32` gives the same number: what a file of
// weights carries to notice a flipped bit.
//
//   crc' = table[0][(crc ^ byte) & 255] ^ (crc >> 8)
//
// takes one byte at a time and waits for each look-up. table[k][b] is the effect of byte b with k more bytes
// behind it, so eight look-ups that do not wait for one another take eight bytes at once ("slicing by 8").
//
// A CRC is a remainder of polynomials, so that 16 bytes that stand 64 bytes before the end may be replaced by their
// product with x^512, reduced, added to those 64 bytes on. Processors that multiply polynomials (PCLMULQDQ: x86 since
// 2010) shorten a file to its last 64 bytes that way, ten times as fast.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#if defined(__x86_64__)
#include <wmmintrin.h>
#endif

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

// From the register `crc` before `bytes` to that behind them.
constexpr std::uint32_t crc32_by_tables(std::span<const std::byte> bytes, std::uint32_t crc) {
    const auto& table = crc32_tables;
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
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
    return crc;
}

#if defined(__x86_64__)
// The same by multiplication, for at least 64 bytes.
[[gnu::target("pclmul")]] inline std::uint32_t crc32_by_products(std::span<const std::byte> bytes, std::uint32_t crc) {
    const auto load = [](const std::byte* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
    // x^(512 + 32) and x^(512 - 32) modulo the polynomial, bits reversed: for the two halves of 16 bytes.
    const __m128i x512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const std::byte* p = bytes.data();
    __m128i rest[4];
    for (int i = 0; i < 4; ++i) rest[i] = load(p + 16 * i);
    rest[0] = _mm_xor_si128(rest[0], _mm_cvtsi32_si128(static_cast<int>(crc)));
    std::size_t left = bytes.size() - 64;
    for (p += 64; left >= 64; p += 64, left -= 64)
        for (int i = 0; i < 4; ++i)
            rest[i] = _mm_xor_si128(load(p + 16 * i), _mm_xor_si128(_mm_clmulepi64_si128(rest[i], x512, 0x00),
                                                                    _mm_clmulepi64_si128(rest[i], x512, 0x11)));
    std::byte last[64];
    std::memcpy(last, rest, 64);
    return crc32_by_tables({p, left}, crc32_by_tables(last, 0));
}
#endif

}  // namespace detail

/// The CRC-32 of `bytes`. For data in pieces, pass the result for what came before as `seed`:
/// `crc32(b, crc32(a))` is the CRC of a followed by b.
constexpr std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t seed = 0) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated() && bytes.size() >= 64 && __builtin_cpu_supports("pclmul"))
        return ~detail::crc32_by_products(bytes, ~seed);
#endif
    return ~detail::crc32_by_tables(bytes, ~seed);
}

}  // namespace octet
