// oneDNN 2: PyTorch's engine "onednn" in 1.13.
//
//   k  = f( f(1/s_x) * f(1/s_w) )
//   os = f( f(1/s_y) / k ),  bb = f( b k )
//   u  = f( f( f(acc) + bb ) * os );   relu: max(u, 0)
//   y  = rne( clamp( f(u + z_y), 0, 255 ) )
//
// 1/s_x and 1/s_y are computed in double, then rounded; 1/s_w likewise where the whole weight has one scale, else in
// float. Builds of that release without FBGEMM (Debian's) quantize NaN, infinity and 2^63 or more as 0.
#pragma once

#include "onednn.hpp"

namespace octet::numerics {

/// oneDNN 2's convolutions and linear layers.
struct Onednn2Layer {
    /// Constants of one output channel.
    struct Channel {
        float bias = 0.0f;        ///< b / (s_x s_w), in units of the accumulator
        float multiplier = 0.0f;  ///< s_x s_w / s_y
    };
    static Channel channel(const LayerQuantization& l, float bias) {
        const float weight = l.per_channel ? 1.0f / l.weight_scale : detail::reciprocal(l.weight_scale);
        const float k = detail::reciprocal(l.x.scale) * weight;
        return {bias * k, detail::reciprocal(l.y.scale) / k};
    }

    /// Constants of the whole layer.
    struct Output {
        float zero_point = 0.0f;
        ByteRange range{};
    };
    static Output output(const LayerQuantization& l, ByteRange range) {
        return {static_cast<float>(l.y.zero_point), range};
    }

    /// From the exact accumulator to 0..255.
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        return detail::shift_then_round<V>((V::to_float(acc) + bias) * multiplier, y.zero_point, y.range);
    }
};

/// ATen as of 1.13, without FBGEMM: other integers for what is no number or does not fit.
struct Aten113 : Aten {
    template <class V>
    static typename V::i32 quantize(typename V::f32 x, float inverse, std::int32_t zero_point) {
        const auto t = x * V::set(inverse);
        const auto bounded = V::min(V::max(t, V::set(-1e6f)), V::set(1e6f));
        const auto r = V::round(V::select_less(t, V::set(0x1p63f), bounded, V::set(-1e6f)));
        return V::max(V::min(V::add(r, V::set(zero_point)), V::set(std::int32_t(255))), V::set(std::int32_t(0)));
    }
    static std::int32_t bound(float x, QParams p) {
        const float q = std::nearbyint(x * (1.0f / p.scale)) + static_cast<float>(p.zero_point);
        return !(q >= 0.0f && q < 0x1p63f) ? 0 : q > 255.0f ? 255 : static_cast<std::int32_t>(q);
    }
};

/// PyTorch 1.13's engine "onednn".
struct Onednn2 {
    static constexpr const char* name = "onednn2";
    template <LayerKind>
    using layer = Onednn2Layer;
    using elementwise = Aten113;
};

}  // namespace octet::numerics
