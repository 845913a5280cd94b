// What happens to sums on their way into the output: int8 layers are requantized by the numerics policy and, where a
// residual is fused, added to it; float layers get their bias.
//
// An epilogue has two functions. `constants`: what `finish` needs for a vector of channels, loaded once for a tile.
// `finish`: one vector of sums to its place in the output. Kernels reach it through a TileEpilogue (tile_epilogue.hpp).
// What the compiler must know of a layer is little, an EpilogueForm, so few epilogues are compiled.
#pragma once

#include <cstring>

#include "../vector.hpp"
#include "epilogue_places.hpp"
#include "spec.hpp"
#include "weights.hpp"

namespace octet::kernels {

namespace detail {
// Stores the channels of a vector that exist: the last vector of a group may be only partly real.
template <bool Partial, int Lanes, class T, class Store>
void store_channels(T* out, int left, Store store) {
    if constexpr (!Partial) {
        store(out);
    } else {
        if (left >= Lanes) return store(out);
        T whole[Lanes];
        store(whole);
        std::memcpy(out, whole, std::size_t(left) * sizeof(T));
    }
}
template <bool Partial, int Lanes, class T, class Load>
auto load_channels(const T* in, int left, Load load) {
    if constexpr (Partial) {
        if (left < Lanes) {
            T whole[Lanes] = {};
            std::memcpy(whole, in, std::size_t(left) * sizeof(T));
            return load(whole);
        }
    }
    return load(in);
}
// Whether the last vector of channels, of a group or of all, is only partly there.
constexpr bool partial_vectors(const ConvSpec& s, int lanes) {
    return (s.depthwise() ? s.channels() : s.group_outputs()) % lanes != 0;
}
}  // namespace detail

/// What the compiler knows of the layers that share an epilogue.
struct EpilogueForm {
    ConvEpilogue after{};
    bool partial = false;  ///< channels are not a multiple of a vector's lanes
    bool tail = false;     ///< the last elements of the tensor are added in another way (Elementwise::add_body)
    friend constexpr bool operator==(const EpilogueForm&, const EpilogueForm&) = default;
};

/// int8: requantize with `Layer`'s arithmetic, then add the residual with `Elementwise`'s.
template <EpilogueForm F, class Layer, class Elementwise, class V>
struct QuantizedEpilogue {
    using Sum = std::int32_t;
    using Vector = V;
    static constexpr EpilogueForm form = F;
    using Bias = decltype(Layer::Channel::bias);

    EpiloguePlaces places;
    std::uint8_t* output;            ///< the output layout's first gap
    const std::uint8_t* residual;    ///< likewise; unused without a residual
    const std::int32_t* zero_terms;  ///< [window row][run][padded channels]: (input_offset - z_x) * sum of weights
    const Bias* bias;                ///< [padded channels], Layer::Channel::bias
    const float* multiplier;         ///< [padded channels]
    int padded;                      ///< padded channels, as the weights' layout has them
    typename Layer::Output range;
    typename Elementwise::Addition addition;

    struct Constants {
        decltype(V::load(static_cast<const Bias*>(nullptr))) bias;
        typename V::f32 multiplier;
    };
    Constants constants(int channel) const { return {V::load(bias + channel), V::load(multiplier + channel)}; }

    void finish(typename V::i32 acc, const Constants& c, const EpiloguePlace& at) const {
        auto q = Layer::template requantize<V>(acc, c.bias, c.multiplier, range);
        if constexpr (F.after.residual) {
            const auto r = detail::load_channels<F.partial, V::lanes>(
                residual + at.residual, at.left, [](const std::uint8_t* p) { return V::load_u8(p); });
            q = add_residual(q, r, at.flat);
        }
        detail::store_channels<F.partial, V::lanes>(output + at.output, at.left,
                                                    [q](std::uint8_t* p) { V::store_u8(p, q); });
    }

private:
    // A policy may add the last elements of a tensor differently.
    typename V::i32 add_residual(typename V::i32 q, typename V::i32 r, std::ptrdiff_t flat) const {
        constexpr bool relu = F.after.residual_relu;
        if constexpr (F.tail) {
            if (flat + V::lanes > places.body) {
                std::int32_t a[V::lanes], b[V::lanes];
                V::store(a, q);
                V::store(b, r);
                for (int i = 0; i < V::lanes; ++i)
                    a[i] = flat + i < places.body ? Elementwise::template add<Scalar, relu>(a[i], b[i], addition)
                                                  : Elementwise::template add_tail<Scalar, relu>(a[i], b[i], addition);
                return V::load(a);
            }
        }
        return Elementwise::template add<V, relu>(q, r, addition);
    }
};

/// float: add the bias and the residual, clamp.
template <EpilogueForm F, class V>
struct FloatEpilogue {
    using Sum = float;
    using Vector = V;
    static constexpr EpilogueForm form = F;

    EpiloguePlaces places;
    float* output;
    const float* residual;
    const float* bias;           ///< [padded channels]
    float low = 0.0f, high = 0;  ///< to clamp

    typename V::f32 constants(int channel) const { return V::load(bias + channel); }

    void finish(typename V::f32 acc, typename V::f32 b, const EpiloguePlace& at) const {
        auto sum = acc + b;
        // Operands in this order let a NaN through, so that calibration sees it.
        if constexpr (F.after.relu) sum = V::max(V::set(0.0f), sum);
        if constexpr (F.after.clamp) sum = V::min(V::set(high), V::max(V::set(low), sum));
        if constexpr (F.after.residual) {
            sum = sum + detail::load_channels<F.partial, V::lanes>(residual + at.residual, at.left,
                                                                   [](const float* p) { return V::load(p); });
            if constexpr (F.after.residual_relu) sum = V::max(V::set(0.0f), sum);
        }
        detail::store_channels<F.partial, V::lanes>(output + at.output, at.left, [sum](float* p) { V::store(p, sum); });
    }
};

/// The epilogue of `S`, and where its values lie.
template <ConvSpec S, class Layer, class Elementwise, class V>
struct QuantizedEpilogueOf {
    static constexpr std::size_t elements = S.output.shape.size(), body = Elementwise::add_body(elements);
    static constexpr EpilogueForm form{{.residual = S.epilogue.residual, .residual_relu = S.epilogue.residual_relu},
                                       detail::partial_vectors(S, V::lanes),
                                       S.epilogue.residual&& body != elements};
    static constexpr EpiloguePlaces places = epilogue_places<std::uint8_t>(S, body);
    using type = QuantizedEpilogue<form, Layer, Elementwise, V>;
};
template <ConvSpec S, class V>
struct FloatEpilogueOf {
    static constexpr EpilogueForm form{S.epilogue, detail::partial_vectors(S, V::lanes)};
    static constexpr EpiloguePlaces places = epilogue_places<float>(S);
    using type = FloatEpilogue<form, V>;
};

}  // namespace octet::kernels
