// oneDNN 2: PyTorch's engine "onednn" in 1.13.
//
//   k  = f( f(1/s_x) * f(1/s_w) )                          1/s_x and 1/s_y in double, then rounded; 1/s_w likewise
//   where the os = f( f(1/s_y) / k ),  bb = f( b k )                 whole weight has one scale, else in float u  = f(
//   f( f(acc) + bb ) * os );   relu: max(u, 0) y  = rne( clamp( f(u + z_y), 0, 255 ) )
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
    static Channel channel(const ChannelQuantization& c) {
        const float weight = c.per_channel ? 1.0f / c.weight_scale : detail::reciprocal(c.weight_scale);
        const float k = detail::reciprocal(c.x.scale) * weight;
        return {c.bias * k, detail::reciprocal(c.y.scale) / k};
    }

    /// Constants of the whole layer.
    struct Output {
        float zero_point = 0.0f;
        ByteRange range{};
    };
    static Output output(QParams y, ByteRange range) { return {static_cast<float>(y.zero_point), range}; }

    /// From the exact accumulator to 0..255.
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        return detail::shift_then_round<V>((V::to_float(acc) + bias) * multiplier, y.zero_point, y.range);
    }
};

/// PyTorch 1.13's engine "onednn".
struct Onednn2 {
    static constexpr const char* name = "onednn2";
    template <LayerKind>
    using layer = Onednn2Layer;
    using elementwise = Aten;
};

}  // namespace octet::numerics
