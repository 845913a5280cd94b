// FBGEMM: PyTorch's engine "fbgemm".
//
//   acc = sum (q_x - z_x) q_w                                                        exact, 32 bits
//   u   = f( f( f(acc) + f(b / f(s_x s_w)) ) * f( f(s_x s_w) / s_y ) )
//   y   = clamp( rne(u) + z_y, relu ? z_y : 0, 255 )
//
// With one scale for the whole weight the bias term is f( b * f(1 / f(s_x s_w)) ), the reciprocal in double.
//
// FBGEMM's depthwise kernels add pairs of products in 16 bits, which saturate when activations exceed 127. octet stays
// exact there.
#pragma once

#include "aten.hpp"

namespace octet::numerics {

/// FBGEMM's convolutions and linear layers.
struct FbgemmLayer {
    /// Constants of one output channel.
    struct Channel {
        float bias = 0.0f;        ///< b / (s_x s_w), in units of the accumulator
        float multiplier = 0.0f;  ///< s_x s_w / s_y
    };
    static Channel channel(const ChannelQuantization& c) {
        const float scale = c.x.scale * c.weight_scale;
        const float bias =
            c.per_channel ? c.bias / scale : c.bias * static_cast<float>(1.0 / static_cast<double>(scale));
        return {bias, scale / c.y.scale};
    }

    /// Constants of the whole layer.
    struct Output {
        std::int32_t zero_point = 0;
        ByteRange range{};
    };
    static Output output(QParams y, ByteRange range) { return {y.zero_point, range}; }

    /// From the exact accumulator to 0..255. (FBGEMM saturates to 16 bits on the way; clamping to 8 bits
    /// afterwards makes that invisible.)
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        return detail::round_then_shift<V>((V::to_float(acc) + bias) * multiplier, y.zero_point, y.range);
    }
};

/// PyTorch's engine "fbgemm".
struct Fbgemm {
    static constexpr const char* name = "fbgemm";
    template <LayerKind>
    using layer = FbgemmLayer;
    using elementwise = Aten;
};

}  // namespace octet::numerics
