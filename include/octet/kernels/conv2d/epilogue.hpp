// What happens to sums on their way into the output: int8 layers are requantized by the numerics policy and, where a
// residual is fused, added to it; float layers get their bias.
//
// An epilogue has two functions. `constants`: what `finish` needs for a vector of channels, loaded once for a tile.
// `finish`: one vector of sums to its place in the output. What the compiler must know of a layer for that is little
// (EpilogueForm), so that few epilogues are compiled; and a kernel knows of its epilogue only that it takes tiles of
// sums (TileEpilogue), so that it is compiled once for every arithmetic. Sums leave the registers for that; what it
// costs is within 2 % of the layers with the least work for each sum.
#pragma once

#include <cstring>
#include <type_traits>

#include "../vector.hpp"
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
}  // namespace detail

/// What the compiler knows of the layers that share an epilogue.
struct EpilogueForm {
    ConvEpilogue after{};
    bool partial = false;  ///< channels are not a multiple of a vector's lanes
    bool tail = false;     ///< the last elements of the tensor are added in another way (Elementwise::add_body)
    friend constexpr bool operator==(const EpilogueForm&, const EpilogueForm&) = default;
};

/// Where an epilogue's values lie, in elements.
struct EpiloguePlaces {
    struct Value {
        std::ptrdiff_t first = 0, row = 0, image = 0;  ///< the first pixel; from one row, image to the next
    };
    Value output, residual;
    int channels = 0, width = 0;
    std::ptrdiff_t body = 0;  ///< elements before the tail

    constexpr std::ptrdiff_t at(const Value& v, int y, int x) const { return v.first + y * v.row + x * channels; }
};
/// Where a vector of channels of a pixel lies.
struct EpiloguePlace {
    std::ptrdiff_t output, residual;
    std::ptrdiff_t flat;  ///< the position of its first channel in the tensor
    int left;             ///< channels there are from it on

    EpiloguePlace(const EpiloguePlaces& p, ChannelVector c, int y, int x)
        : output(p.at(p.output, y, x) + c.channel),
          residual(p.at(p.residual, y, x) + c.channel),
          flat((std::ptrdiff_t(y) * p.width + x) * p.channels + c.channel),
          left(c.left) {}
    /// The next pixel.
    void advance(int channels) { output += channels, residual += channels, flat += channels; }
};

namespace detail {
constexpr EpiloguePlaces::Value epilogue_value(const Layout& l) {
    return {l.at(0, 0), l.row(), std::ptrdiff_t(value_bytes(l, true))};
}
}  // namespace detail

/// int8: requantize with `Layer`'s arithmetic, then add the residual with `Elementwise`'s.
template <EpilogueForm F, class Layer, class Elementwise, class V>
struct QuantizedEpilogue {
    using Sum = std::int32_t;
    using Vector = V;
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

/// The epilogues of `S`.
template <ConvSpec S, class Layer, class Elementwise, class V>
using QuantizedEpilogueOf =
    QuantizedEpilogue<EpilogueForm{
                          {.residual = S.epilogue.residual, .residual_relu = S.epilogue.residual_relu},
                          S.group_outputs() % V::lanes != 0,
                          S.epilogue.residual&& Elementwise::add_body(S.output.shape.size()) != S.output.shape.size()},
                      Layer, Elementwise, V>;
template <ConvSpec S, class V>
using FloatEpilogueOf = FloatEpilogue<EpilogueForm{S.epilogue, S.group_outputs() % V::lanes != 0, false}, V>;

/// Where the values of `s` lie.
template <class Elementwise>
constexpr EpiloguePlaces epilogue_places(const ConvSpec& s) {
    return {detail::epilogue_value(s.output), detail::epilogue_value(s.residual), s.channels(), s.output.shape.w,
            std::ptrdiff_t(Elementwise::add_body(s.output.shape.size()))};
}
constexpr EpiloguePlaces epilogue_places(const ConvSpec& s) {
    return {detail::epilogue_value(s.output), detail::epilogue_value(s.residual), s.channels(), s.output.shape.w, 0};
}

/// What sums are of: `pixels` pixels of a row, from (y, x) on, and `vectors` vectors of channels: [pixel][channel].
struct SumsOf {
    int pixels, vectors;
    ChannelVector channels;
    int y, x, image = 0;
};

namespace detail {
// Sums through the epilogue. (`of` by reference: the parts of a small struct in registers meet in memory here, and wait
// there for each other.)
template <class Epilogue>
[[gnu::noinline]] void finish_tile(const void* shared, const typename Epilogue::Sum* sums, const SumsOf& of) {
    using V = typename Epilogue::Vector;
    Epilogue epilogue = *static_cast<const Epilogue*>(shared);  // in registers: a byte stored might be part of `shared`
    epilogue.output += of.image * epilogue.places.output.image;
    epilogue.residual += of.image * epilogue.places.residual.image;
    const int vectors = of.vectors, pixels = of.pixels;
    ChannelVector first = of.channels;
    const int channels = epilogue.places.channels, pitch = vectors * V::lanes;
    for (int v = 0; v < vectors; ++v, first = first + V::lanes, sums += V::lanes) {
        const auto constants = epilogue.constants(first.padded);
        EpiloguePlace at(epilogue.places, first, of.y, of.x);
        for (int p = 0; p < pixels; ++p, at.advance(channels))
            epilogue.finish(V::load(sums + p * pitch), constants, at);
    }
}
}  // namespace detail

/// An epilogue as a kernel sees it, of which it knows the type of the sums alone. Refers to the epilogue it is made
/// from.
template <class T>
struct TileEpilogue {
    template <class Epilogue>
    explicit TileEpilogue(const Epilogue& e) : epilogue_(&e), finish_(detail::finish_tile<Epilogue>) {
        if constexpr (requires { e.zero_terms; }) {
            zero_terms_ = e.zero_terms;
            padded_ = e.padded;
        }
    }

    /// The first value of the sums of a vector of channels from `channel` on, given the part of the window that lies
    /// inside the image.
    template <class V>
    auto start(int channel, WindowPart part) const {
        auto sum = V::set(T(0));
        if constexpr (std::is_same_v<T, std::int32_t>)
            for (int row = part.first_row; row < part.last_row; ++row)
                for (int run = part.first_run; run < part.last_run; ++run)
                    sum = V::add(sum, V::load(zero_terms_ + (row * part.runs + run) * padded_ + channel));
        return sum;
    }
    void finish(const T* sums, const SumsOf& of) const { finish_(epilogue_, sums, of); }

private:
    const void* epilogue_;
    void (*finish_)(const void*, const T*, const SumsOf&);
    const std::int32_t* zero_terms_ = nullptr;
    int padded_ = 0;
};
template <class Epilogue>
TileEpilogue(const Epilogue&) -> TileEpilogue<typename Epilogue::Sum>;

}  // namespace octet::kernels
