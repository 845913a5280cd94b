// The two 16-bit floats that weights are stored in, widened to float. Both are exact: every value of
// either is a float, subnormals, infinities and NaN payloads included.
//
//   F16:  1 sign, 5 exponent (bias 15), 10 mantissa    value = 1.m * 2^(e - 15), or m * 2^-24 for e = 0
//   BF16: 1 sign, 8 exponent (bias 127), 7 mantissa    the upper half of a float
#pragma once

#include <bit>
#include <cstdint>

namespace octet {

/// The float with the value of an IEEE binary16 ("half").
constexpr float float_from_half(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000u) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1fu;
    const std::uint32_t mantissa = bits & 0x3ffu;
    if (exponent == 0) {
        // The product is a normal float, so the result does not depend on the flush-to-zero mode.
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
    }
    const std::uint32_t wide_exponent = exponent == 0x1f ? 0xffu : exponent + (127 - 15);
    return std::bit_cast<float>(sign | wide_exponent << 23 | mantissa << 13);
}

/// The float with the value of a bfloat16.
constexpr float float_from_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace octet
