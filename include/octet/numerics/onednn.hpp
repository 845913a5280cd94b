// oneDNN 3: PyTorch's engine "onednn" from 2.0 on.
//
//   k = f( S s_w ),  S = f(1/f(1/s_x))                     every reciprocal is computed in double, then rounded
//       a linear layer's s_w is inverted twice, too: f(1/f(1/s_w))
//   u = f( f( f(acc) * k ) + b );   relu: max(u, 0)
//   v = f( f( u * f(1/D) ) + z_y ),  D = f(1/f(1/s_y))
//   y = rne( clamp(v, 0, 255) )
//
// The zero point is added before rounding, unlike FBGEMM: exact ties with an odd z_y go the other way. About 0.5 to 4
// results in 100,000 differ, by 1.
#pragma once

#include "aten.hpp"

namespace octet::numerics {

namespace detail {
/// f(1/s) computed in double, as ideep does.
inline float reciprocal(float scale) { return static_cast<float>(1.0 / static_cast<double>(scale)); }
}  // namespace detail

/// oneDNN 3's convolutions and linear layers.
template <bool Linear>
struct OnednnLayer {
    /// Constants of one output channel.
    struct Channel {
        float bias = 0.0f;        ///< b, in real numbers
        float multiplier = 0.0f;  ///< s_x s_w
    };
    static Channel channel(const LayerQuantization& l, float bias) {
        const float weight_scale = Linear ? 1.0f / (1.0f / l.weight_scale) : l.weight_scale;
        return {bias, (1.0f / detail::reciprocal(l.x.scale)) * weight_scale};
    }

    /// Constants of the whole layer.
    struct Output {
        float inverse = 0.0f;  ///< 1 / s_y
        float zero_point = 0.0f;
        ByteRange range{};
    };
    static Output output(const LayerQuantization& l, ByteRange range) {
        const float scale = 1.0f / detail::reciprocal(l.y.scale);
        return {1.0f / scale, static_cast<float>(l.y.zero_point), range};
    }

    /// From the exact accumulator to 0..255.
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        const auto u = V::to_float(acc) * multiplier + bias;
        return detail::shift_then_round<V>(u * V::set(y.inverse), y.zero_point, y.range);
    }
};

/// PyTorch's engine "onednn" (torch 2).
struct Onednn {
    static constexpr const char* name = "onednn";
    template <LayerKind K>
    using layer = OnednnLayer<K.linear>;
    using elementwise = Aten;
};

}  // namespace octet::numerics
