#include "catch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <octet/io/half.hpp>

namespace {

// (-1)^s * 1.m * 2^(e - bias), or 0.m * 2^(1 - bias) for e = 0; m has `bits` bits.
double by_formula(std::uint32_t sign, int exponent, double mantissa, int bits, int bias) {
    const double fraction = std::ldexp(mantissa, -bits);
    const double magnitude = exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias);
    return sign != 0 ? -magnitude : magnitude;
}

bool same(float found, double expected) {
    return std::bit_cast<std::uint32_t>(found) == std::bit_cast<std::uint32_t>(static_cast<float>(expected));
}

}  // namespace

TEST_CASE("all 65,536 halves widen exactly") {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float found = octet::float_from_half(static_cast<std::uint16_t>(bits));
        const std::uint32_t sign = bits >> 15, exponent = (bits >> 10) & 31, mantissa = bits & 1023;
        if (exponent == 31 && mantissa != 0) {
            // The payload stays where it was, the top of the mantissa.
            wrong += !(std::isnan(found) &&
                       std::bit_cast<std::uint32_t>(found) == (sign << 31 | 0x7f800000u | mantissa << 13));
        } else if (exponent == 31) {
            wrong += !(std::isinf(found) && std::signbit(found) == (sign != 0));
        } else {
            wrong += !same(found, by_formula(sign, static_cast<int>(exponent), mantissa, 10, 15));
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("all 65,536 bfloat16s widen exactly") {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float found = octet::float_from_bfloat16(static_cast<std::uint16_t>(bits));
        const std::uint32_t sign = bits >> 15, exponent = (bits >> 7) & 255, mantissa = bits & 127;
        if (exponent == 255 && mantissa != 0)
            wrong += !std::isnan(found);
        else if (exponent == 255)
            wrong += !(std::isinf(found) && std::signbit(found) == (sign != 0));
        else
            wrong += !same(found, by_formula(sign, static_cast<int>(exponent), mantissa, 7, 127));
    }
    CHECK(wrong == 0);
}

TEST_CASE("16-bit floats widen at compile time") {
    static_assert(octet::float_from_half(0x3c00) == 1.0f);
    static_assert(octet::float_from_half(0x0001) == 0x1p-24f);
    static_assert(octet::float_from_half(0xfbff) == -65504.0f);
    static_assert(octet::float_from_bfloat16(0xc040) == -3.0f);
    SUCCEED();
}
