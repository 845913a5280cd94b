#include "catch.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <octet/io/crc32.hpp>

namespace {

std::uint32_t bit_by_bit(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xffffffffu;
    for (const std::byte b : bytes) {
        crc ^= std::to_integer<std::uint32_t>(b);
        for (int i = 0; i < 8; ++i) crc = (crc & 1u) != 0 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

std::uint32_t crc_of(std::string_view text) { return octet::crc32(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("crc32 gives zlib's numbers") {
    CHECK(crc_of("") == 0);
    CHECK(crc_of("123456789") == 0xcbf43926u);  // the check value of this CRC
    CHECK(crc_of("The quick brown fox jumps over the lazy dog") == 0x414fa339u);
}

TEST_CASE("crc32 equals the bitwise definition for every length and alignment") {
    std::vector<std::byte> data(210);  // long enough for multiplication, three times around
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 151 + i / 7 + 7);
    for (std::size_t offset = 0; offset < 9; ++offset)
        for (std::size_t length = 0; offset + length <= data.size(); ++length) {
            const auto piece = std::span<const std::byte>(data).subspan(offset, length);
            REQUIRE(octet::crc32(piece) == bit_by_bit(piece));
        }
}

TEST_CASE("crc32 of pieces is crc32 of the whole") {
    constexpr std::string_view text = "weights and biases, scales and zero points";
    const auto bytes = std::as_bytes(std::span(text));
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
        REQUIRE(octet::crc32(bytes.subspan(cut), octet::crc32(bytes.first(cut))) == octet::crc32(bytes));
}
