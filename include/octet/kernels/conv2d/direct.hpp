// Direct convolution, written once for every element type and architecture.
//
// One register tile computes `pixels` neighbouring outputs of one row times `vectors` vectors of output
// channels. A step broadcasts one unit of each pixel's input (four bytes, or one float) and multiplies it
// with one unit of every channel's weights. In NHWC a row of the window is contiguous - kernel width times
// channels - so the loop knows no taps, only rows and steps; nothing is gathered or copied (no im2col). Groups and
// dilation cut a row into runs, one for each tap.
//
//     for row in window rows inside the image:  for run:  for step:  acc[pixel][vector] += dot(input[pixel],
//     weights[vector])
//
// Rows of the window above or below the image are skipped; left and right of it the input's gap holds the
// padding (graph/memory_plan.hpp).
#pragma once

#include <algorithm>
#include <cstddef>

#include "spec.hpp"
#include "tile.hpp"
#include "weights.hpp"

namespace octet::kernels {

namespace detail {

// The tile proper. `Epilogue` gives the accumulators their first value and takes their last.
template <ConvSpec S, class Dot, Tile T, class Epilogue>
[[gnu::noinline]] void run_tile(const typename Dot::input* input, const typename Dot::weight* weights, int first_row,
                                int last_row, const Epilogue& epilogue, ChannelVector channels, int y, int x) {
    constexpr std::ptrdiff_t pixel_stride = std::ptrdiff_t(S.window.stride.w) * S.input.shape.c;
    constexpr std::ptrdiff_t run_stride = std::ptrdiff_t(S.window.dilation.w) * S.input.shape.c;
    constexpr int steps = (S.run_elements() + Dot::unit - 1) / Dot::unit;

    typename Dot::accumulator acc[T.pixels][T.vectors];
#pragma GCC unroll 4
    for (int v = 0; v < T.vectors; ++v) {
        const auto start = epilogue.start(channels.padded + v * Dot::lanes, first_row, last_row);
#pragma GCC unroll 16
        for (int p = 0; p < T.pixels; ++p) acc[p][v] = start;
    }
    for (int row = first_row; row < last_row; ++row, input += S.window.dilation.h * S.input.row()) {
        for (int run = 0; run < S.runs(); ++run) {
            const typename Dot::input* in = input + run * run_stride;
#pragma GCC unroll 1
            for (int step = 0; step < steps; ++step, in += Dot::unit, weights += T.vectors * Dot::lanes * Dot::unit) {
                typename Dot::weights w[T.vectors];
#pragma GCC unroll 4
                for (int v = 0; v < T.vectors; ++v) w[v] = Dot::load(weights + v * Dot::lanes * Dot::unit);
#pragma GCC unroll 16
                for (int p = 0; p < T.pixels; ++p) {
                    const auto a = Dot::broadcast(in + p * pixel_stride);
#pragma GCC unroll 4
                    for (int v = 0; v < T.vectors; ++v) acc[p][v] = Dot::dot(acc[p][v], a, w[v]);
                }
            }
        }
    }
#pragma GCC unroll 4
    for (int v = 0; v < T.vectors; ++v) {
        const auto constants = epilogue.constants(channels.padded + v * Dot::lanes);
#pragma GCC unroll 16
        for (int p = 0; p < T.pixels; ++p) epilogue.finish(acc[p][v], constants, channels + v * Dot::lanes, y, x + p);
    }
}

// One row of outputs for one block of channels, whose width in vectors is known here.
template <ConvSpec S, class Dot, int Pixels, int Vectors, class Epilogue>
void run_row(const typename Dot::input* input, const typename Dot::weight* weights, const Epilogue& epilogue,
             ChannelVector channels, int y) {
    constexpr int width = S.output.shape.w, tail = width % Pixels;
    constexpr int steps = S.runs() * ((S.run_elements() + Dot::unit - 1) / Dot::unit);
    const int top = y * S.window.stride.h - S.window.pad.top;
    int first = S.first_row(top), last = S.last_row(top);
    if (first >= last) first = last = 0;  // the window misses the image
    const int input_row = first < last ? top + first * S.window.dilation.h : 0;
    weights += std::ptrdiff_t(first) * steps * Vectors * Dot::lanes * Dot::unit;
    input += S.input.at(input_row, -S.window.pad.left);
    constexpr auto pixels = [](int x) { return std::ptrdiff_t(x) * S.window.stride.w * S.input.shape.c; };
    for (int x = 0; x < width - tail; x += Pixels)
        run_tile<S, Dot, Tile{Pixels, Vectors}>(input + pixels(x), weights, first, last, epilogue, channels, y, x);
    if constexpr (tail != 0)
        run_tile<S, Dot, Tile{tail, Vectors}>(input + pixels(width - tail), weights, first, last, epilogue, channels, y,
                                              width - tail);
}

}  // namespace detail

/// Direct convolution as an algorithm (conv2d.hpp): its packed weights, its units of work, and the work.
template <ConvSpec S, class Dot>
struct DirectConv2d {
    using Weight = typename Dot::weight;

    static constexpr const char* name = "direct";
    static constexpr WeightLayout layout = [] {
        WeightLayout l{S.channels(), S.groups, S.window.kernel.h, S.runs(), S.run_elements(), Dot::unit, Dot::lanes, 1};
        l.vectors = choose_tile<Dot>(S.output.shape.w, l.padded_group() / Dot::lanes).tile.vectors;
        l.planes = planes_of<Dot>();
        return l;
    }();
    static constexpr Int8Packing packing = plain_packing<Weight>;
    static constexpr std::size_t weight_bytes = layout.size() * sizeof(Weight);
    static constexpr std::size_t scratch_bytes = 0;
    /// Units of work that may run in any order and on any thread: one row of outputs of one block of channels.
    static constexpr int units = S.groups * layout.blocks() * S.output.shape.h;

    /// Computes units [begin, end). `input` points at the layout's first gap, `weights` at packed weights. The rows of
    /// one block follow each other, so that its weights stay in the cache.
    template <class Epilogue>
    [[gnu::noinline]] static void run(const typename Dot::input* input, const Weight* weights, const Epilogue& epilogue,
                                      int begin, int end, std::byte* = nullptr) {
        constexpr int vectors = layout.padded_group() / Dot::lanes;
        constexpr Tile tile = choose_tile<Dot>(S.output.shape.w, vectors).tile;
        constexpr int rest = vectors % tile.vectors;  // vectors of the last block
        for (int unit = begin; unit < end; ++unit) {
            const int y = unit % S.output.shape.h, block = unit / S.output.shape.h % layout.blocks();
            const int group = unit / (S.output.shape.h * layout.blocks());
            const auto* in = input + group * S.group_inputs();
            const auto* w = weights + layout.block_offset(group, block);
            const ChannelVector channels = channel_vector(layout, group, block * layout.block());
            if constexpr (rest != 0) {
                if (block == layout.blocks() - 1) {
                    detail::run_row<S, Dot, tile.pixels, rest>(in, w, epilogue, channels, y);
                    continue;
                }
            }
            if constexpr (vectors >= tile.vectors)
                detail::run_row<S, Dot, tile.pixels, tile.vectors>(in, w, epilogue, channels, y);
        }
    }
};

}  // namespace octet::kernels
