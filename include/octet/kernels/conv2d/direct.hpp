// Direct convolution, written once for every element type and architecture.
//
// One register tile computes `pixels` neighbouring outputs of one row times `vectors` vectors of output
// channels. A step broadcasts one unit of each pixel's input (four bytes, or one float) and multiplies it
// with one unit of every channel's weights. In NHWC a row of the window is contiguous - kernel width times
// channels - so the loop knows no taps, only rows and steps; nothing is gathered or copied (no im2col).
//
//     for row in window rows inside the image:  for step:  acc[pixel][vector] += dot(input[pixel], weights[vector])
//
// Rows of the window above or below the image are skipped; left and right of it the input's gap holds the
// padding (graph/memory_plan.hpp).
#pragma once

#include <algorithm>
#include <cstddef>

#include "spec.hpp"

namespace octet::kernels {

namespace detail {

// The tile proper. `Epilogue` gives the accumulators their first value and takes their last.
template <ConvSpec S, class Dot, Tile T, class Epilogue>
[[gnu::noinline]] void run_tile(const typename Dot::input* input, const typename Dot::weight* weights, int first_row,
                                int last_row, const Epilogue& epilogue, int channel, int y, int x) {
    constexpr std::ptrdiff_t pixel_stride = std::ptrdiff_t(S.window.stride.w) * S.input.shape.c;
    constexpr int steps = (S.row_elements() + Dot::unit - 1) / Dot::unit;

    typename Dot::accumulator acc[T.pixels][T.vectors];
#pragma GCC unroll 4
    for (int v = 0; v < T.vectors; ++v) {
        const auto start = epilogue.start(channel + v * Dot::lanes, first_row, last_row);
#pragma GCC unroll 16
        for (int p = 0; p < T.pixels; ++p) acc[p][v] = start;
    }
    for (int row = first_row; row < last_row; ++row, input += S.input.row()) {
        const typename Dot::input* in = input;
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
#pragma GCC unroll 4
    for (int v = 0; v < T.vectors; ++v) {
        const auto constants = epilogue.constants(channel + v * Dot::lanes);
#pragma GCC unroll 16
        for (int p = 0; p < T.pixels; ++p) epilogue.finish(acc[p][v], constants, channel + v * Dot::lanes, y, x + p);
    }
}

// One row of outputs for one block of channels, whose width in vectors is known here.
template <ConvSpec S, class Dot, int Pixels, int Vectors, class Epilogue>
void run_row(const typename Dot::input* input, const typename Dot::weight* weights, const Epilogue& epilogue,
             int channel, int y) {
    constexpr int width = S.output.shape.w, tail = width % Pixels;
    constexpr int steps = (S.row_elements() + Dot::unit - 1) / Dot::unit;
    const int top = y * S.window.stride.h - S.window.pad.top;
    const int first = std::max(0, -top), last = std::min(S.window.kernel.h, S.input.shape.h - top);
    weights += std::ptrdiff_t(first) * steps * Vectors * Dot::lanes * Dot::unit;
    for (int x = 0; x < width - tail; x += Pixels)
        run_tile<S, Dot, Tile{Pixels, Vectors}>(
            input + S.input.at(top + first, x * S.window.stride.w - S.window.pad.left), weights, first, last, epilogue,
            channel, y, x);
    if constexpr (tail != 0)
        run_tile<S, Dot, Tile{tail, Vectors}>(
            input + S.input.at(top + first, (width - tail) * S.window.stride.w - S.window.pad.left), weights, first,
            last, epilogue, channel, y, width - tail);
}

}  // namespace detail

/// Units of work that may run in any order and on any thread: one row of outputs of one block of channels.
template <ConvSpec S, class Dot>
inline constexpr int conv2d_units = weight_layout<S, Dot>.blocks() * S.output.shape.h;

/// Computes units [begin, end) of the convolution `S`. `input` points at the layout's first gap, `weights` at
/// packed weights. The rows of one block follow each other, so that its weights stay in the cache.
template <ConvSpec S, class Dot, class Epilogue>
[[gnu::noinline]] void direct_conv2d(const typename Dot::input* input, const typename Dot::weight* weights,
                                     const Epilogue& epilogue, int begin, int end) {
    constexpr WeightLayout layout = weight_layout<S, Dot>;
    constexpr Tile tile = choose_tile<Dot>(S.output.shape.w, layout.padded_channels() / Dot::lanes);
    constexpr int rest = layout.padded_channels() / Dot::lanes % tile.vectors;  // vectors of the last block
    for (int unit = begin; unit < end; ++unit) {
        const int block = unit / S.output.shape.h, y = unit % S.output.shape.h;
        const auto* w = weights + layout.block_offset(block);
        const int channel = block * layout.block();
        if constexpr (rest != 0) {
            if (block == layout.blocks() - 1) {
                detail::run_row<S, Dot, tile.pixels, rest>(input, w, epilogue, channel, y);
                continue;
            }
        }
        if constexpr (layout.padded_channels() / Dot::lanes >= tile.vectors)
            detail::run_row<S, Dot, tile.pixels, tile.vectors>(input, w, epilogue, channel, y);
    }
}

}  // namespace octet::kernels
