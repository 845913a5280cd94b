// Rounding, the one place where two correct programs may differ by an integer.
//
// octet rounds to the nearest integer, ties to even, as the processor's default mode and PyTorch do.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#ifdef __FAST_MATH__
#error "octet: -ffast-math changes integers; compile without it"
#endif

namespace octet {

/// Whether a * b + c is rounded twice in this program, as PyTorch's integers need it. A compiler that may fuse the two
/// (GCC's and clang's default, where the processor can) rounds once: -ffp-contract=off forbids it.
inline bool rounds_products() {
    const volatile float a = 1.0f + 0x1p-12f, c = -(1.0f + 0x1p-11f);
    const float x = a, z = c;
    return x * x + z == 0.0f;  // exactly 2^-24
}

/// `x` rounded to nearest, ties to even. What does not fit - NaN included - gives INT32_MIN, as the
/// instruction cvtps2dq does, so that scalar and vector code agree on every input.
inline std::int32_t round_to_int(float x) {
    if (!(x >= -2147483648.0f && x < 2147483648.0f)) return std::numeric_limits<std::int32_t>::min();
    return static_cast<std::int32_t>(std::nearbyint(x));
}

/// `a + b` in 32 bits, wrapping. Where an accumulator may wrap it must do so without undefined behaviour.
constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

}  // namespace octet
