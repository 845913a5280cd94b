// QNNPACK: PyTorch's engine "qnnpack", for phones; quint8 activations on x86.
//
//   layers      qb = rne( f( b * f(1 / f(s_x s_w)) ) )                    the bias in integers
//               M  = f( f(s_x s_w) * f(1/s_y) )
//               y  = clamp( rne( f( f(acc + qb) * M ) ) + z_y, relu ? z_y : 0, 255 )
//   add         A  = f(s_a/s_y), B = f(s_b/s_y);  h = 21 - floor(log2(max(A, B)));  m_a = rne(A 2^h), m_b likewise
//               r  = (m_a (q_a - z_a) + m_b (q_b - z_b)) / 2^h            rounded half away from zero
//               y  = clamp( r + z_y, relu ? z_y : 0, 255 )
//   averages    y  = clamp( rne( f( f(sum - n z) * f( s / f(s n) ) ) ) + z, 0, 255 )
//               n: pixels of the bin or window; padding counts always, and there is no divisor_override. With
//               ceil_mode, and adaptive with bins of different sizes: as ATen
//   the rest    as ATen
#pragma once

#include <cmath>

#include "../core/rounding.hpp"
#include "aten.hpp"

namespace octet::numerics {

/// QNNPACK's convolutions and linear layers.
struct QnnpackLayer {
    /// Constants of one output channel.
    struct Channel {
        std::int32_t bias = 0;    ///< in units of the accumulator
        float multiplier = 0.0f;  ///< s_x s_w / s_y
    };
    static Channel channel(const LayerQuantization& l, float bias) {
        const float scale = l.x.scale * l.weight_scale;
        return {saturated(bias * (1.0f / scale)), scale * (1.0f / l.y.scale)};
    }

    /// Constants of the whole layer.
    struct Output {
        std::int32_t zero_point = 0;
        ByteRange range{};
    };
    static Output output(const LayerQuantization& l, ByteRange range) { return {l.y.zero_point, range}; }

    /// From the exact accumulator to 0..255.
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::i32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        return detail::round_then_shift<V>(V::to_float(V::add(acc, bias)) * multiplier, y.zero_point, y.range);
    }

private:
    static std::int32_t saturated(float x) {
        if (x >= 2147483648.0f) return 2147483647;
        return x >= -2147483648.0f ? static_cast<std::int32_t>(std::nearbyint(x)) : -2147483647 - 1;  // NaN, too
    }
};

/// QNNPACK's elementwise operations.
struct QnnpackElementwise : Aten {
    /// Constants of one addition, in fixed point.
    struct Addition {
        std::int32_t a_zero = 0, b_zero = 0, y_zero = 0;
        std::int32_t a_multiplier = 0, b_multiplier = 0;
        int shift = 0;
    };
    /// Scales whose ratios A and B lie outside [2^-14, 2^8) QNNPACK refuses; here the shift is limited to 0..31.
    static Addition addition(QParams a, QParams b, QParams y) {
        const float ratio_a = a.scale / y.scale, ratio_b = b.scale / y.scale;
        int exponent = 0;
        (void)std::frexp(ratio_a > ratio_b ? ratio_a : ratio_b, &exponent);
        const int wanted = 21 - (exponent - 1), shift = wanted < 0 ? 0 : wanted > 31 ? 31 : wanted;
        return {a.zero_point,
                b.zero_point,
                y.zero_point,
                round_to_int(std::ldexp(ratio_a, shift)),
                round_to_int(std::ldexp(ratio_b, shift)),
                shift};
    }
    template <class V, bool Relu>
    static typename V::i32 add(typename V::i32 a, typename V::i32 b, const Addition& c) {
        const auto acc = V::add(V::mul(V::add(a, V::set(-c.a_zero)), V::set(c.a_multiplier)),
                                V::mul(V::add(b, V::set(-c.b_zero)), V::set(c.b_multiplier)));
        // Half away from zero: one more where the remainder exceeds half; a negative number's counts one less.
        const std::int32_t mask = static_cast<std::int32_t>((std::uint32_t{1} << c.shift) - 1);
        const auto remainder = V::add(V::bit_and(acc, V::set(mask)), V::shift_right(acc, 31));
        const auto one_more = V::shift_right(V::add(V::set(mask >> 1), V::negate(remainder)), 31);  // -1 or 0
        const auto r = V::add(V::shift_right(acc, c.shift), V::negate(one_more));
        return detail::clamp_and_shift<V>(r, c.y_zero, {Relu ? c.y_zero : 0, 255});
    }
    template <class V, bool Relu>
    static typename V::i32 add_tail(typename V::i32 a, typename V::i32 b, const Addition& c) {
        return add<V, Relu>(a, b, c);
    }
    static constexpr std::size_t add_body(std::size_t n) { return n; }

    static float average_factor(QParams p, Averaged n) {
        if (n.adaptive ? !n.even : n.ceil_mode) return Aten::average_factor(p, n);
        return p.scale / (p.scale * static_cast<float>(n.window));
    }
};

/// PyTorch's engine "qnnpack".
struct Qnnpack {
    static constexpr const char* name = "qnnpack";
    template <LayerKind>
    using layer = QnnpackLayer;
    using elementwise = QnnpackElementwise;
};

}  // namespace octet::numerics
