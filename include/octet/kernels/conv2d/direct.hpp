// Direct convolution, written once for every element type and architecture.
//
// One register tile computes `pixels` neighbouring outputs of one row times `vectors` vectors of output
// channels. A step broadcasts one unit of each pixel's input (four bytes, or one float) and multiplies it
// with one unit of every channel's weights. In NHWC a row of the window is contiguous - kernel width times
// channels - so the loop knows no taps, only rows and steps; nothing is gathered or copied (no im2col). Groups and
// dilation cut a row into runs, one for each tap, and so do columns that are skipped (columns.hpp).
//
//     for row in window rows inside the image:  for run:  for step:
//         acc[pixel][vector] += dot(input[pixel], weights[vector])
//
// The sums then go through the epilogue. They leave the registers for that, so that the tile - the part that takes the
// time, and most of the compiler's - and the kernel are the same functions for every arithmetic and every epilogue.
//
// Where the architecture multiplies shorts only (Dot::value), the input is first widened into scratch memory. That
// takes a hundredth of the time, where widening each time that a value is read takes a seventh.
//
// Rows of the window above or below the image are skipped; left and right of it the input's gap holds the
// padding (graph/memory_plan.hpp). Where one tile is a whole row of outputs, its columns are skipped as well.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "../../core/utility.hpp"
#include "columns.hpp"
#include "run_tile.hpp"
#include "spec.hpp"
#include "tile_epilogue.hpp"
#include "weights.hpp"

namespace octet::kernels {

namespace detail {
// One row of outputs for one block of channels, whose width in vectors is known here.
template <ConvSpec S, class Dot, int Pixels, int Vectors>
void run_row(const typename Dot::input* input, const typename Dot::weight* weights,
             const TileEpilogue<typename Dot::sum>& epilogue, ChannelVector channels, int y) {
    using V = typename Dot::V;
    constexpr int width = S.output.shape.w, tail = width % Pixels, block = Vectors * Dot::lanes;
    constexpr int runs = direct_runs<Dot>(S);
    constexpr TileWalk walk{std::ptrdiff_t(S.window.stride.w) * S.input.shape.c,
                            std::ptrdiff_t(S.window.dilation.w) * S.input.shape.c, S.window.dilation.h * S.input.row(),
                            runs, (S.row_elements() / runs + Dot::unit - 1) / Dot::unit};
    constexpr bool skips = skips_columns<Dot>(S);
    constexpr TileColumns columns = tile_columns<Dot>(S);
    const int top = y * S.window.stride.h - S.window.pad.top;
    int first = S.first_row(top), last = S.last_row(top);
    if (first >= last) first = last = 0;  // the window misses the image
    const int input_row = first < last ? top + first * S.window.dilation.h : 0;
    weights += std::ptrdiff_t(first) * walk.runs * walk.steps * block * Dot::unit;
    input += S.input.at(input_row, -S.window.pad.left);

    // Pixels that skip columns start from the zero terms of the others.
    constexpr int starts = skips ? Pixels : 1;
    alignas(64) typename Dot::sum start[starts * block], sums[Pixels * block];
    for (int p = 0; p < starts; ++p) {
        const WindowPart part{first, last, runs, columns.first_run(p), columns.last_run(p, runs)};
        const bool like_last =
            p > 0 && part.first_run == columns.first_run(p - 1) && part.last_run == columns.last_run(p - 1, runs);
        if (like_last)
            std::copy_n(start + (p - 1) * block, block, start + p * block);
        else
            for (int v = 0; v < block; v += V::lanes)
                V::store(start + p * block + v, epilogue.template start<V>(channels.padded + v, part));
    }
    for (int x = 0; x < width - tail; x += Pixels) {
        run_tile<walk, Dot, Tile{Pixels, Vectors}, columns>(input + x * walk.pixel, weights, last - first, start, sums,
                                                            skips ? block : 0);
        epilogue.finish(sums, {Pixels, Vectors, channels, y, x});
    }
    if constexpr (tail != 0) {
        run_tile<walk, Dot, Tile{tail, Vectors}>(input + (width - tail) * walk.pixel, weights, last - first, start,
                                                 sums);
        epilogue.finish(sums, {tail, Vectors, channels, y, width - tail});
    }
}
}  // namespace detail

/// Direct convolution as an algorithm (conv2d.hpp): its packed weights, its units of work, and the work.
template <ConvSpec S, class Dot>
struct DirectConv2d {
    using Weight = typename Dot::weight;
    using Value = value_of<Dot>;

    static constexpr const char* name = "direct";
    static constexpr WeightLayout layout = [] {
        constexpr int runs = detail::direct_runs<Dot>(S);
        WeightLayout l{S.channels(), S.groups, S.window.kernel.h, runs, S.row_elements() / runs, Dot::unit,
                       Dot::lanes,   1};
        l.vectors = detail::direct_tile<Dot>(S).tile.vectors;
        l.planes = planes_of<Dot>();
        return l;
    }();
    static constexpr Int8Packing packing = plain_packing<Weight>;
    static constexpr std::size_t weight_bytes = layout.size() * sizeof(Weight);
    static constexpr int input_offset = input_offset_of<Dot>();
    /// The share of the layer's multiplications that is done: not those with the padding.
    static constexpr double multiplications =
        detail::columns_share<Dot>(S) * S.inside_rows() / (S.output.shape.h * S.window.kernel.h);
    /// Whether inputs are widened before they are multiplied.
    static constexpr bool widens = !std::is_same_v<Value, typename Dot::input>;
    static constexpr std::size_t scratch_bytes =
        widens ? aligned(S.input.extent() * sizeof(typename Dot::input) + 64) : 0;
    /// Units of work that may run in any order and on any thread: one row of outputs of one block of channels.
    static constexpr int units = S.groups * layout.blocks() * S.output.shape.h;

    /// Computes units [begin, end). `values` points at the layout's first gap, `weights` at packed weights. The rows of
    /// one block follow each other, so that its weights stay in the cache.
    [[gnu::noinline]] static void run(const Value* values, const Weight* weights,
                                      const TileEpilogue<typename Dot::sum>& epilogue, int begin, int end,
                                      std::byte* scratch = nullptr) {
        const auto* input = inputs(values, scratch);
        constexpr int vectors = layout.padded_group() / Dot::lanes;
        constexpr Tile tile = detail::direct_tile<Dot>(S).tile;
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

private:
    // What the dot reads: the values themselves, or all of them widened.
    static const typename Dot::input* inputs(const Value* values, std::byte* scratch) {
        if constexpr (widens) {
            using V = typename Dot::V;
            auto* wide = reinterpret_cast<typename Dot::input*>(scratch);
            for (std::size_t i = 0; i < S.input.extent(); i += V::short_lanes)
                V::store_short(wide + i, V::load_short_u8(values + i));
            return wide;
        } else {
            return values;
        }
    }
};

}  // namespace octet::kernels
