// What PyTorch computes itself (ATen), whichever engine multiplies: the elementwise part of the policies fbgemm,
// onednn, onednn2 and x86.
//
//   quantize      q = clamp( rne( f(x * f(1/s)) ) + z, 0, 255 )            never x / s: ties differ
//   dequantize    x = f( s * f(q - z) )
//   add           d_a = fma(s_a, q_a, f(s_a * -z_a)), d_b likewise;  c = f(d_a + d_b), with relu max(c, 0)
//                 y = clamp( rne( f(c * f(1/s_y)) ) + z_y, 0, 255 )
//                 The last n mod 64 elements of a tensor without the fma: d = f(s * f(q - z)).
//   mul           M = f( f(s_a s_b) * f(1/s_y) )
//                 y = clamp( rne( f( f((q_a - z_a)(q_b - z_b)) * M ) ) + z_y, relu ? z_y : 0, 255 )
//   cat           y = q where an operand has the result's scale and zero point; else quantize(d),
//                 d = fma(s, q, f(s * -z)), in the operand's last C mod 8 channels f(s * f(q - z))
//   averages      y = clamp( rne( f( f(sum - taps z) * f(1/d) ) ) + z, 0, 255 )            d: the divisor
//                 (ATen inverts three times in places, f(1/f(1/f(1/d))): the same number for all d below 2^24.)
#pragma once

#include <cmath>
#include <cstddef>

#include "policy.hpp"

namespace octet::numerics {

/// ATen's quantized CPU kernels, tensors in NHWC, one thread.
struct Aten {
    /// x / s rounded, by multiplication with `inverse` = f(1/s). NaN, infinity and what does not fit 32 bits
    /// become 2147483520 first, as FBGEMM's vector code does.
    template <class V>
    static typename V::i32 quantize(typename V::f32 x, float inverse, std::int32_t zero_point) {
        const auto t = V::min(x * V::set(inverse), V::set(2147483520.0f));
        const auto q = V::add(V::round(t), V::set(zero_point));
        return V::max(V::min(q, V::set(std::int32_t(255))), V::set(std::int32_t(0)));
    }

    /// A clamp's bound. ATen's scalar code saturates where its vector code, quantize, wraps: infinity is a bound.
    static std::int32_t bound(float x, QParams p) {
        const float most = 512.0f * p.scale;
        const float limited = x < -most ? -most : x > most ? most : x;
        const float q = std::nearbyint(limited * (1.0f / p.scale)) + static_cast<float>(p.zero_point);
        return q < 0.0f ? 0 : q > 255.0f ? 255 : static_cast<std::int32_t>(q);
    }

    /// s (q - z).
    template <class V>
    static typename V::f32 dequantize(typename V::i32 q, QParams p) {
        return V::set(p.scale) * V::to_float(V::add(q, V::set(-p.zero_point)));
    }

    /// Constants of one addition.
    struct Addition {
        QParams a, b, y;
        float offset_a = 0.0f, offset_b = 0.0f;  ///< f(s * -z)
        float inverse = 0.0f;                    ///< f(1 / s_y)
    };
    static Addition addition(QParams a, QParams b, QParams y) {
        return {a,
                b,
                y,
                a.scale * -static_cast<float>(a.zero_point),
                b.scale * -static_cast<float>(b.zero_point),
                1.0f / y.scale};
    }
    /// q_a + q_b for the first `add_body` elements of a tensor.
    template <class V, bool Relu>
    static typename V::i32 add(typename V::i32 a, typename V::i32 b, const Addition& c) {
        const auto x = V::fma(V::set(c.a.scale), V::to_float(a), V::set(c.offset_a));
        const auto y = V::fma(V::set(c.b.scale), V::to_float(b), V::set(c.offset_b));
        return finish_add<V, Relu>(x + y, c);
    }
    /// q_a + q_b for the rest.
    template <class V, bool Relu>
    static typename V::i32 add_tail(typename V::i32 a, typename V::i32 b, const Addition& c) {
        return finish_add<V, Relu>(dequantize<V>(a, c.a) + dequantize<V>(b, c.b), c);
    }
    /// Elements of a tensor of `n` that take the first form.
    static constexpr std::size_t add_body(std::size_t n) { return n / 64 * 64; }

    /// Constants of one multiplication.
    struct Multiplication {
        std::int32_t a_zero = 0, b_zero = 0, y_zero = 0;
        float multiplier = 0.0f;
    };
    static Multiplication multiplication(QParams a, QParams b, QParams y) {
        return {a.zero_point, b.zero_point, y.zero_point, a.scale * b.scale * (1.0f / y.scale)};
    }
    template <class V, bool Relu>
    static typename V::i32 mul(typename V::i32 a, typename V::i32 b, const Multiplication& c) {
        // Both factors and their product are integers below 2^24: exact.
        const auto product = V::to_float(V::add(a, V::set(-c.a_zero))) * V::to_float(V::add(b, V::set(-c.b_zero)));
        return detail::round_then_shift<V>(product * V::set(c.multiplier), c.y_zero, {Relu ? c.y_zero : 0, 255});
    }

    /// An integer of a cat's operand that has another scale than its result, in real numbers; `tail`: it belongs to
    /// the operand's last channels.
    static float join(std::int32_t q, QParams p, bool tail) {
        const float offset = p.scale * -static_cast<float>(p.zero_point);
        return tail ? p.scale * static_cast<float>(q - p.zero_point) : std::fma(p.scale, static_cast<float>(q), offset);
    }
    /// Channels of an operand with `channels` of them that are not its tail.
    static constexpr int join_body(int channels) { return channels / 8 * 8; }

    /// The factor by which a sum is turned into a mean.
    static float average_factor(QParams, Averaged n) { return 1.0f / static_cast<float>(n.divisor); }
    /// The mean, from the sum of q - z.
    template <class V>
    static typename V::i32 average(typename V::i32 centred_sum, float factor, std::int32_t zero_point) {
        return detail::round_then_shift<V>(V::to_float(centred_sum) * V::set(factor), zero_point, {});
    }

private:
    template <class V, bool Relu>
    static typename V::i32 finish_add(typename V::f32 sum, const Addition& c) {
        if constexpr (Relu) sum = V::max(sum, V::set(0.0f));
        return quantize<V>(sum, c.inverse, c.y.zero_point);
    }
};

}  // namespace octet::numerics
