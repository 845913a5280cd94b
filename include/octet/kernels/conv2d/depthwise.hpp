// Depthwise convolution: every channel has a filter of its own, so a vector of channels is multiplied with a vector of
// weights, tap by tap, and nothing is broadcast.
//
// int8 products are summed in float32, exactly: a product of u8 and s8 is below 2^15, so a window row's sum stays an
// integer below 2^24 for any kernel of up to 512 columns. Each row's sum is then added to the int32 accumulator.
#pragma once

#include <type_traits>

#include "../dot.hpp"
#include "spec.hpp"
#include "tile_epilogue.hpp"
#include "weights.hpp"

namespace octet::kernels {

namespace detail {
/// How elements become floats, and a row's sum of floats is added to an accumulator.
template <class V, class Input>
struct RowSum;
template <class V>
struct RowSum<V, std::uint8_t> {
    static auto input(const std::uint8_t* p) { return V::to_float(V::load_u8(p)); }
    static auto weight(const std::int8_t* p) { return V::to_float(V::load_s8(p)); }
    static auto add(typename V::i32 acc, typename V::f32 sum) { return V::add(acc, V::round(sum)); }
};
template <class V>
struct RowSum<V, float> {
    static auto input(const float* p) { return V::load(p); }
    static auto weight(const float* p) { return V::load(p); }
    static auto add(typename V::f32 acc, typename V::f32 sum) { return acc + sum; }
};
}  // namespace detail

/// Depthwise convolution as an algorithm (conv2d.hpp). `V` is the architecture's vector, `Dot` gives the element types.
template <ConvSpec S, class Dot, class V>
struct DepthwiseConv2d {
    using Input = value_of<Dot>;
    using Weight = std::conditional_t<std::is_same_v<Input, float>, float, std::int8_t>;
    using Sum = std::conditional_t<std::is_same_v<Input, float>, float, std::int32_t>;
    static_assert(S.window.kernel.w <= 512 || std::is_same_v<Input, float>,
                  "octet: depthwise kernels of more than 512 columns may not be exact");
    static_assert((V::lanes - 1) * sizeof(Input) <= octet::detail::over_read);  // a whole vector at the last pixel

    static constexpr const char* name = "depthwise";
    static constexpr WeightLayout layout{S.channels(), 1, S.window.kernel.h, 1, S.window.kernel.w, 1, V::lanes, 1};
    static constexpr Int8Packing packing = plain_packing<std::int8_t>;
    static constexpr std::size_t weight_bytes = layout.size() * sizeof(Weight);
    static constexpr int input_offset = 0;
    static constexpr std::size_t scratch_bytes = 0;
    /// One row of outputs of one vector of channels.
    static constexpr int units = layout.blocks() * S.output.shape.h;

    /// Computes units [begin, end).
    [[gnu::noinline]] static void run(const Input* input, const Weight* weights, const TileEpilogue<Sum>& epilogue,
                                      int begin, int end, std::byte* = nullptr) {
        constexpr int width = S.output.shape.w, tail = width % pixels;
        for (int unit = begin; unit < end; ++unit) {
            const int y = unit % S.output.shape.h, block = unit / S.output.shape.h;
            const ChannelVector channels = channel_vector(layout, 0, block * V::lanes);
            const Weight* w = weights + layout.block_offset(0, block);
            for (int x = 0; x < width - tail; x += pixels) tile<pixels>(input, w, epilogue, channels, y, x);
            if constexpr (tail != 0) tile<tail>(input, w, epilogue, channels, y, width - tail);
        }
    }

private:
    static constexpr int pixels = 4;

    template <int Pixels>
    static void tile(const Input* input, const Weight* weights, const TileEpilogue<Sum>& epilogue,
                     ChannelVector channels, int y, int x) {
        using Row = detail::RowSum<V, Input>;
        constexpr Window k = S.window;
        const int top = y * k.stride.h - k.pad.top, first = S.first_row(top), last = S.last_row(top);
        const auto start = epilogue.template start<V>(channels.padded, {first, last});
        std::remove_const_t<decltype(start)> acc[Pixels];
        for (auto& a : acc) a = start;
        for (int row = first; row < last; ++row) {
            const Input* in =
                input + S.input.at(top + row * k.dilation.h, x * k.stride.w - k.pad.left) + channels.channel;
            typename V::f32 sums[Pixels];
            for (auto& sum : sums) sum = V::set(0.0f);
            for (int column = 0; column < k.kernel.w; ++column) {
                const auto w = Row::weight(weights + (row * k.kernel.w + column) * V::lanes);
                for (int p = 0; p < Pixels; ++p) {
                    const std::ptrdiff_t at = std::ptrdiff_t(p * k.stride.w + column * k.dilation.w) * S.input.shape.c;
                    sums[p] = V::multiply_add(sums[p], Row::input(in + at), w);
                }
            }
            for (int p = 0; p < Pixels; ++p) acc[p] = Row::add(acc[p], sums[p]);
        }
        alignas(64) Sum sums[Pixels * V::lanes];
        for (int p = 0; p < Pixels; ++p) V::store(sums + p * V::lanes, acc[p]);
        epilogue.finish(sums, {Pixels, 1, channels, y, x});
    }
};

}  // namespace octet::kernels
