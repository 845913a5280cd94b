// Vectors of floats and of 32-bit integers, as numerics policies and epilogues see them: types `f32` and
// `i32`, their number of `lanes`, and a handful of static functions. Winograd's transforms also work on vectors
// of 16-bit integers, `i16`. All integers wrap. `Scalar` is the vector of one lane - plain float - in which every
// reference is written; `Simd` is xsimd's batch. Both compute the same bits.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "../core/rounding.hpp"
#include "xsimd.hpp"

namespace octet::kernels {

/// One lane: the specification.
struct Scalar {
    using f32 = float;
    using i32 = std::int32_t;
    using i16 = std::int16_t;
    static constexpr int lanes = 1;
    static constexpr int short_lanes = 1;

    static f32 set(float x) { return x; }
    static i32 set(std::int32_t x) { return x; }
    static f32 load(const float* p) { return *p; }
    static i32 load(const std::int32_t* p) { return *p; }
    static void store(float* p, f32 x) { *p = x; }
    static void store(std::int32_t* p, i32 x) { *p = x; }
    static f32 to_float(i32 x) { return static_cast<float>(x); }
    static i32 round(f32 x) { return round_to_int(x); }
    static i32 add(i32 a, i32 b) { return wrapping_add(a, b); }
    static i32 sub(i32 a, i32 b) { return wrapping_add(a, negate(b)); }
    static i32 negate(i32 a) { return wrapping_add(~a, 1); }
    static i32 mul(i32 a, i32 b) {
        return static_cast<i32>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
    }
    static i32 bit_and(i32 a, i32 b) { return a & b; }
    static i32 shift_right(i32 a, int bits) { return a >> bits; }
    static i32 shift_left(i32 a, int bits) { return a << bits; }
    static i32 min(i32 a, i32 b) { return a < b ? a : b; }
    static i32 max(i32 a, i32 b) { return a > b ? a : b; }
    static f32 min(f32 a, f32 b) { return a < b ? a : b; }  // NaN gives b, as minps does
    static f32 max(f32 a, f32 b) { return a > b ? a : b; }
    static f32 select_less(f32 a, f32 b, f32 then, f32 otherwise) { return a < b ? then : otherwise; }
    static f32 fma(f32 a, f32 b, f32 c) { return std::fma(a, b, c); }
    static f32 multiply_add(f32 acc, f32 x, f32 w) { return acc + x * w; }
    static i32 load_u8(const std::uint8_t* p) { return *p; }
    static i32 load_s8(const std::int8_t* p) { return *p; }
    static void store_u8(std::uint8_t* p, i32 x) { *p = static_cast<std::uint8_t>(x); }
    static i16 load_short_u8(const std::uint8_t* p) { return *p; }
    static i16 load_short_s8(const std::int8_t* p) { return *p; }
    static void store_short(std::int16_t* p, i16 x) { *p = x; }
    static i16 add_short(i16 a, i16 b) { return static_cast<i16>(a + b); }
    static i16 sub_short(i16 a, i16 b) { return static_cast<i16>(a - b); }
    static i16 shift_left_short(i16 a, int bits) { return static_cast<i16>(a << bits); }
};

/// xsimd's batch for architecture `X`. The fused multiply-add rounds once even where the machine has no
/// such instruction, because integers depend on it.
template <class X>
struct Simd {
    using f32 = xsimd::batch<float, X>;
    using i32 = xsimd::batch<std::int32_t, X>;
    using i16 = xsimd::batch<std::int16_t, X>;
    static constexpr int lanes = static_cast<int>(f32::size);
    static constexpr int short_lanes = static_cast<int>(i16::size);

    static f32 set(float x) { return f32(x); }
    static i32 set(std::int32_t x) { return i32(x); }
    static f32 load(const float* p) { return f32::load_unaligned(p); }
    static i32 load(const std::int32_t* p) { return i32::load_unaligned(p); }
    static void store(float* p, f32 x) { x.store_unaligned(p); }
    static void store(std::int32_t* p, i32 x) { x.store_unaligned(p); }
    static f32 to_float(i32 x) { return xsimd::to_float(x); }
    static i32 round(f32 x) { return xsimd::nearbyint_as_int(x); }
    static i32 add(i32 a, i32 b) { return a + b; }
    static i32 sub(i32 a, i32 b) { return a - b; }
    static i32 negate(i32 a) { return -a; }
    /// Wrapping. (xsimd's own is a loop over signed numbers where the machine has no such instruction.)
    static i32 mul(i32 a, i32 b) {
        std::array<std::int32_t, std::size_t(lanes)> x, y;
        a.store_unaligned(x.data());
        b.store_unaligned(y.data());
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = Scalar::mul(x[i], y[i]);
        return i32::load_unaligned(x.data());
    }
    static i32 bit_and(i32 a, i32 b) { return a & b; }
    static i32 shift_right(i32 a, int bits) { return a >> bits; }
    static i32 shift_left(i32 a, int bits) { return a << bits; }
    static i32 min(i32 a, i32 b) { return xsimd::min(a, b); }
    static i32 max(i32 a, i32 b) { return xsimd::max(a, b); }
    static f32 min(f32 a, f32 b) { return xsimd::min(a, b); }
    static f32 max(f32 a, f32 b) { return xsimd::max(a, b); }
    static f32 select_less(f32 a, f32 b, f32 then, f32 otherwise) { return xsimd::select(a < b, then, otherwise); }
    static f32 fma(f32 a, f32 b, f32 c) {
        std::array<float, std::size_t(lanes)> x, y, z;
        a.store_unaligned(x.data());
        b.store_unaligned(y.data());
        c.store_unaligned(z.data());
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::fma(x[i], y[i], z[i]);
        return f32::load_unaligned(x.data());
    }
    /// acc + x * w, rounded once or twice: for float networks, never where an integer depends on it.
    static f32 multiply_add(f32 acc, f32 x, f32 w) { return acc + x * w; }
    static i32 load_u8(const std::uint8_t* p) {
        std::array<std::int32_t, std::size_t(lanes)> x;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = p[i];
        return i32::load_unaligned(x.data());
    }
    static i32 load_s8(const std::int8_t* p) {
        std::array<std::int32_t, std::size_t(lanes)> x;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = p[i];
        return i32::load_unaligned(x.data());
    }
    /// Stores the low bytes of lanes that lie in 0..255.
    static void store_u8(std::uint8_t* p, i32 v) {
        std::array<std::int32_t, std::size_t(lanes)> x;
        v.store_unaligned(x.data());
        for (std::size_t i = 0; i < x.size(); ++i) p[i] = static_cast<std::uint8_t>(x[i]);
    }
    static i16 load_short_u8(const std::uint8_t* p) {
        std::array<std::int16_t, std::size_t(short_lanes)> x;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = p[i];
        return i16::load_unaligned(x.data());
    }
    static i16 load_short_s8(const std::int8_t* p) {
        std::array<std::int16_t, std::size_t(short_lanes)> x;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = p[i];
        return i16::load_unaligned(x.data());
    }
    static void store_short(std::int16_t* p, i16 x) { x.store_unaligned(p); }
    static i16 add_short(i16 a, i16 b) { return a + b; }
    static i16 sub_short(i16 a, i16 b) { return a - b; }
    static i16 shift_left_short(i16 a, int bits) { return a << bits; }
};

}  // namespace octet::kernels
