// What happens to a tile's accumulators while they are still in registers: int8 layers are requantized by
// the numerics policy and, where a residual is fused, added to it; float layers get their bias.
//
// An epilogue has three functions. `start`: the first value of an accumulator for a vector of channels,
// given the part of the window that lies inside the image. `constants`: what `finish` needs per vector, loaded once
// per tile. `finish`: one accumulator to its place in the output.
#pragma once

#include <cstring>

#include "../vector.hpp"
#include "spec.hpp"
#include "weights.hpp"

namespace octet::kernels {

namespace detail {
// Stores the channels of a vector that exist: the last vector of a group may be only partly real.
template <int Channels, int Lanes, class T, class Store>
void store_channels(T* out, int left, Store store) {
    if constexpr (Channels % Lanes == 0) {
        store(out);
    } else {
        if (left >= Lanes) return store(out);
        T whole[Lanes];
        store(whole);
        std::memcpy(out, whole, std::size_t(left) * sizeof(T));
    }
}
template <int Channels, int Lanes, class T, class Load>
auto load_channels(const T* in, int left, Load load) {
    if constexpr (Channels % Lanes != 0) {
        if (left < Lanes) {
            T whole[Lanes] = {};
            std::memcpy(whole, in, std::size_t(left) * sizeof(T));
            return load(whole);
        }
    }
    return load(in);
}
}  // namespace detail

/// int8: requantize with `Layer`'s arithmetic, then add the residual with `Elementwise`'s.
template <ConvSpec S, class Layer, class Elementwise, class V>
struct QuantizedEpilogue {
    using Bias = decltype(Layer::Channel::bias);

    std::uint8_t* output;            ///< the output layout's first gap
    const std::uint8_t* residual;    ///< likewise; unused without a residual
    const std::int32_t* zero_terms;  ///< [window row][run][padded channels]: (input_offset - z_x) * sum of weights
    const Bias* bias;                ///< [padded channels], Layer::Channel::bias
    const float* multiplier;         ///< [padded channels]
    int padded;                      ///< padded channels, as the weights' layout has them
    typename Layer::Output range;
    typename Elementwise::Addition addition;

    /// The same for the n-th image of a batch.
    QuantizedEpilogue of_image(int n) const {
        QuantizedEpilogue e = *this;
        e.output += std::size_t(n) * value_bytes(S.output, true);
        if constexpr (S.epilogue.residual) e.residual += std::size_t(n) * value_bytes(S.residual, true);
        return e;
    }

    typename V::i32 start(int channel, WindowPart part) const {
        auto acc = V::set(std::int32_t(0));
        for (int row = part.first_row; row < part.last_row; ++row)
            for (int run = part.first_run; run < part.last_run; ++run)
                acc = V::add(acc, V::load(zero_terms + (row * part.runs + run) * padded + channel));
        return acc;
    }
    struct Constants {
        decltype(V::load(static_cast<const Bias*>(nullptr))) bias;
        typename V::f32 multiplier;
    };
    Constants constants(int channel) const { return {V::load(bias + channel), V::load(multiplier + channel)}; }

    void finish(typename V::i32 acc, const Constants& c, ChannelVector at, int y, int x) const {
        auto q = Layer::template requantize<V>(acc, c.bias, c.multiplier, range);
        if constexpr (S.epilogue.residual) {
            const auto r =
                detail::load_channels<S.group_outputs(), V::lanes>(residual + S.residual.at(y, x) + at.channel, at.left,
                                                                   [](const std::uint8_t* p) { return V::load_u8(p); });
            q = add_residual(q, r, (std::ptrdiff_t(y) * S.output.shape.w + x) * S.channels() + at.channel);
        }
        detail::store_channels<S.group_outputs(), V::lanes>(output + S.output.at(y, x) + at.channel, at.left,
                                                            [q](std::uint8_t* p) { V::store_u8(p, q); });
    }

private:
    // `flat` is the position of the first lane in the tensor: a policy may add its last elements differently.
    typename V::i32 add_residual(typename V::i32 q, typename V::i32 r, std::ptrdiff_t flat) const {
        constexpr auto body = std::ptrdiff_t(Elementwise::add_body(S.output.shape.size()));
        constexpr bool relu = S.epilogue.residual_relu;
        if constexpr (body != std::ptrdiff_t(S.output.shape.size())) {
            if (flat + V::lanes > body) {
                std::int32_t a[V::lanes], b[V::lanes];
                V::store(a, q);
                V::store(b, r);
                for (int i = 0; i < V::lanes; ++i)
                    a[i] = flat + i < body ? Elementwise::template add<Scalar, relu>(a[i], b[i], addition)
                                           : Elementwise::template add_tail<Scalar, relu>(a[i], b[i], addition);
                return V::load(a);
            }
        }
        return Elementwise::template add<V, relu>(q, r, addition);
    }
};

/// float: add the bias and the residual, clamp.
template <ConvSpec S, class V>
struct FloatEpilogue {
    float* output;
    const float* residual;
    const float* bias;           ///< [padded channels]
    float low = 0.0f, high = 0;  ///< with S.epilogue.clamp

    typename V::f32 start(int, WindowPart) const { return V::set(0.0f); }
    typename V::f32 constants(int channel) const { return V::load(bias + channel); }

    void finish(typename V::f32 acc, typename V::f32 b, ChannelVector at, int y, int x) const {
        auto sum = acc + b;
        // Operands in this order let a NaN through, so that calibration sees it.
        if constexpr (S.epilogue.relu) sum = V::max(V::set(0.0f), sum);
        if constexpr (S.epilogue.clamp) sum = V::min(V::set(high), V::max(V::set(low), sum));
        if constexpr (S.epilogue.residual) {
            sum = sum + detail::load_channels<S.group_outputs(), V::lanes>(residual + S.residual.at(y, x) + at.channel,
                                                                           at.left,
                                                                           [](const float* p) { return V::load(p); });
            if constexpr (S.epilogue.residual_relu) sum = V::max(V::set(0.0f), sum);
        }
        detail::store_channels<S.group_outputs(), V::lanes>(output + S.output.at(y, x) + at.channel, at.left,
                                                            [sum](float* p) { V::store(p, sum); });
    }
};

namespace detail {
// Sums of `pixels` pixels and `vectors` vectors of channels, through the epilogue.
template <class V, class Sum, class Epilogue>
[[gnu::noinline]] void finish_tile(const Sum* sums, int pixels, int vectors, const Epilogue& shared,
                                   ChannelVector channels, int y, int x) {
    const Epilogue epilogue = shared;  // in registers: a byte that is stored might be one of `shared`
    for (int v = 0; v < vectors; ++v, sums += V::lanes) {
        const auto constants = epilogue.constants(channels.padded + v * V::lanes);
        for (int p = 0; p < pixels; ++p)
            epilogue.finish(V::load(sums + p * vectors * V::lanes), constants, channels + v * V::lanes, y, x + p);
    }
}
}  // namespace detail

}  // namespace octet::kernels
