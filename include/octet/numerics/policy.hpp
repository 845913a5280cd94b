// How numbers round. A policy is a type with a name and two parts, each a handful of static functions:
//
//     template <LayerKind K>
//     using layer = ...        convolutions and linear layers: from the exact int32 accumulator to 0..255
//     using elementwise = ...  everything else: quantize, add, mul, cat, averages
//
// Policies share parts: PyTorch's engines differ in their layers, but all except QNNPACK add alike. Every function is
// written once over a vector type V (kernels/vector.hpp); with Scalar it is the reference. `f(...)` rounds once to
// float32, rne rounds to the nearest integer with ties to even; s, z are scale and zero point; x is an input, w a
// weight, y a result.
//
// To add one: copy fbgemm.hpp, the part that differs.
#pragma once

#include <concepts>
#include <cstdint>

#include "../core/qparams.hpp"

namespace octet::numerics {

/// What the compiler knows of a layer with weights when it chooses the layer's arithmetic.
struct LayerKind {
    bool linear = false;
    int groups = 1;

    friend constexpr bool operator==(const LayerKind&, const LayerKind&) = default;
};

/// What is known of a layer when its constants are made.
struct LayerQuantization {
    QParams x{}, y{};           ///< of the layer's input and result
    float weight_scale = 0.0f;  ///< of the output channel in question, or of the whole weight
    bool per_channel = true;    ///< false: one scale for the whole weight, for which some engines compute differently
};

/// The integers a layer's result is clamped to: 0 to 255, from its zero point on behind a ReLU, less behind a clamp.
struct ByteRange {
    std::int32_t low = 0;
    std::int32_t high = 255;
};

/// The pixels that a mean is taken over.
struct Averaged {
    int divisor = 1;  ///< what their sum is divided by
    int window = 1;   ///< plain: pixels of the whole window; adaptive: of this bin
    bool adaptive = false;
    bool even = true;        ///< adaptive: all bins have the same size
    bool ceil_mode = false;  ///< plain
};

/// What a policy must have (the functions of its parts are checked where they are used).
template <class P>
concept Policy = requires {
    { P::name } -> std::convertible_to<const char*>;
    typename P::elementwise::Addition;
    typename P::elementwise::Multiplication;
    typename P::template layer<LayerKind{}>::Channel;
    typename P::template layer<LayerKind{}>::Output;
};

namespace detail {
/// From an integer in units of the result's scale to 0..255: clamped, then shifted by the zero point.
template <class V>
typename V::i32 clamp_and_shift(typename V::i32 r, std::int32_t zero_point, ByteRange range) {
    const auto low = V::set(range.low - zero_point), high = V::set(range.high - zero_point);
    return V::add(V::min(V::max(r, low), high), V::set(zero_point));
}
/// From a float in units of the result's scale to 0..255, the zero point added after rounding.
template <class V>
typename V::i32 round_then_shift(typename V::f32 u, std::int32_t zero_point, ByteRange range) {
    return clamp_and_shift<V>(V::round(u), zero_point, range);
}
/// The same, the zero point added before rounding: ties go another way where it is odd.
template <class V>
typename V::i32 shift_then_round(typename V::f32 u, float zero_point, ByteRange range) {
    const auto v = u + V::set(zero_point);
    const auto low = V::set(static_cast<float>(range.low)), high = V::set(static_cast<float>(range.high));
    return V::round(V::min(V::max(v, low), high));
}
}  // namespace detail

}  // namespace octet::numerics
