// FBGEMM's arithmetic: what PyTorch's engine "fbgemm" computes, integer for integer. `f(...)` rounds once to
// float32, rne rounds to the nearest integer with ties to even.
//
//   convolution, linear   acc = sum (q_x - z_x) q_w                              exact, 32 bits
//                         u   = f( f( f(acc) + f(b / f(s_x s_w)) ) * f( f(s_x s_w) / s_y ) )
//                         y   = clamp( rne(u) + z_y, relu ? z_y : 0, 255 )
//   add, add_relu         d_a = fma(s_a, q_a, f(s_a * -z_a)), d_b likewise;  c = f(d_a + d_b), relu: max(c, 0)
//                         y   = clamp( rne( f(c * f(1/s_y)) ) + z_y, 0, 255 )
//     ATen computes the last n mod 64 elements of a tensor without the fma: d = f(s * f(q - z)).
//   average pool          y   = clamp( rne( f( f(sum - n z) * f(1/f(1/f(1/n))) ) ) + z, 0, 255 )
//   quantize              q   = clamp( rne( f(x * f(1/s)) ) + z, 0, 255 )         never x / s: ties differ
//
// Every function is written once over a vector type V (kernels/vector.hpp); with Scalar it is the reference.
#pragma once

#include <cstdint>

#include "../core/qparams.hpp"

namespace octet::numerics {

/// PyTorch's engine "fbgemm"; also its engine "x86" for linear layers.
struct Fbgemm {
    static constexpr const char* name = "fbgemm";

    /// Constants of one output channel of a convolution or linear layer.
    struct Channel {
        float bias = 0.0f;        ///< b / (s_x s_w), in units of the accumulator
        float multiplier = 0.0f;  ///< s_x s_w / s_y
    };
    static Channel channel(QParams x, float weight_scale, float bias, QParams y) {
        const float scale = x.scale * weight_scale;
        return {bias / scale, scale / y.scale};
    }

    /// Where a layer's result is clamped: `low` is z_y with a fused ReLU, else 0.
    struct Output {
        std::int32_t zero_point = 0;
        std::int32_t low = 0;
    };
    static Output output(QParams y, bool relu) { return {y.zero_point, relu ? y.zero_point : 0}; }

    /// From the exact accumulator to 0..255. (FBGEMM saturates to 16 bits on the way; clamping to 8 bits
    /// afterwards makes that invisible.)
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier, Output y) {
        const auto u = (V::to_float(acc) + bias) * multiplier;
        const auto r = V::max(V::min(V::round(u), V::set(255 - y.zero_point)), V::set(y.low - y.zero_point));
        return V::add(r, V::set(y.zero_point));
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

    /// q_a + q_b for all but the last n mod 64 elements of a tensor.
    template <class V, bool Relu>
    static typename V::i32 add(typename V::i32 a, typename V::i32 b, const Addition& c) {
        const auto x = V::fma(V::set(c.a.scale), V::to_float(a), V::set(c.offset_a));
        const auto y = V::fma(V::set(c.b.scale), V::to_float(b), V::set(c.offset_b));
        return finish_add<V, Relu>(x + y, c);
    }
    /// q_a + q_b for the last n mod 64 elements.
    template <class V, bool Relu>
    static typename V::i32 add_tail(typename V::i32 a, typename V::i32 b, const Addition& c) {
        const auto x = V::set(c.a.scale) * V::to_float(V::add(a, V::set(-c.a.zero_point)));
        const auto y = V::set(c.b.scale) * V::to_float(V::add(b, V::set(-c.b.zero_point)));
        return finish_add<V, Relu>(x + y, c);
    }
    /// Elements of a tensor of `n` that take the first form.
    static constexpr std::size_t add_body(std::size_t n) { return n / 64 * 64; }

    /// x / s rounded, by multiplication with `inverse` = f(1/s). NaN, infinity and what does not fit 32 bits
    /// become 2147483520 first, as FBGEMM's vector code does.
    template <class V>
    static typename V::i32 quantize(typename V::f32 x, float inverse, std::int32_t zero_point) {
        const auto t = V::min(x * V::set(inverse), V::set(2147483520.0f));
        const auto q = V::add(V::round(t), V::set(zero_point));
        return V::max(V::min(q, V::set(std::int32_t(255))), V::set(std::int32_t(0)));
    }

    /// The mean of n integers with zero point z, from sum - n z.
    template <class V>
    static typename V::i32 average(typename V::i32 centred_sum, int n, std::int32_t zero_point) {
        const float inverse = 1.0f / (1.0f / (1.0f / static_cast<float>(n)));
        const auto q = V::add(V::round(V::to_float(centred_sum) * V::set(inverse)), V::set(zero_point));
        return V::max(V::min(q, V::set(std::int32_t(255))), V::set(std::int32_t(0)));
    }

    /// s (q - z).
    static float dequantize(std::int32_t q, QParams p) { return p.scale * static_cast<float>(q - p.zero_point); }

private:
    template <class V, bool Relu>
    static typename V::i32 finish_add(typename V::f32 sum, const Addition& c) {
        if constexpr (Relu) sum = V::max(sum, V::set(0.0f));
        return quantize<V>(sum, c.inverse, c.y.zero_point);
    }
};

}  // namespace octet::numerics
