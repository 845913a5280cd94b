// FBGEMM: PyTorch's engine "fbgemm".
//
//   acc = sum (q_x - z_x) q_w                                                        exact, 32 bits
//   u   = f( f( f(acc) + f(b / f(s_x s_w)) ) * f( f(s_x s_w) / s_y ) )
//   y   = clamp( rne(u) + z_y, relu ? z_y : 0, 255 )
//
// With one scale for the whole weight the bias is added with one rounding: fma( b, f(1 / f(s_x s_w)), f(acc) ).
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
        float bias = 0.0f;        ///< b / (s_x s_w), in units of the accumulator; b where the weight has one scale
        float multiplier = 0.0f;  ///< s_x s_w / s_y
    };
    static Channel channel(const LayerQuantization& l, float bias) {
        const float scale = l.x.scale * l.weight_scale;
        return {l.per_channel ? bias / scale : bias, scale / l.y.scale};
    }

    /// Constants of the whole layer.
    struct Output {
        std::int32_t zero_point = 0;
        ByteRange range{};
        bool per_channel = true;
        float bias_factor = 1.0f;  ///< 1 / (s_x s_w) where the weight has one scale
    };
    static Output output(const LayerQuantization& l, ByteRange range) {
        return {l.y.zero_point, range, l.per_channel, 1.0f / (l.x.scale * l.weight_scale)};
    }

    /// From the exact accumulator to 0..255. (FBGEMM saturates to 16 bits on the way; clamping to 8 bits
    /// afterwards makes that invisible.)
    template <class V>
    static typename V::i32 requantize(typename V::i32 acc, typename V::f32 bias, typename V::f32 multiplier,
                                      const Output& y) {
        const auto sum = y.per_channel ? typename V::f32(V::to_float(acc) + bias)
                                       : V::fma(bias, V::set(y.bias_factor), V::to_float(acc));
        return detail::round_then_shift<V>(sum * multiplier, y.zero_point, y.range);
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
