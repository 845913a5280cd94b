// Exact Winograd convolution: 3 x 3 windows of stride 1 with a quarter of the multiplications, as 16-bit products, and
// the very integers of the direct convolution. winograd_transform.hpp has the formulas and why they are exact,
// winograd_weights.hpp the proof that is made of each filter.
//
//     for block of tiles (4 x 4 outputs each):                    values = B^T d B, 36 shorts for each input channel
//         for block of output channels:                           (weights = G' g G'^T, if they were not packed so)
//             for each of 36 positions:                           products[position] = values[position] x
//                 a matrix product over input channels            weights[position], by the register tile of
//                 direct.hpp,
//             for each tile:                                      a tile where that has a pixel
//                 sums = A^T products A * 1/9 >> k, then the epilogue
//
// Values and products of one block lie in the scratch memory of the thread that works on it. Tiles of 3 outputs, of
// images that are no multiple of 4, have no part in the products at the positions they lack.
#pragma once

#include <cstring>

#include "../../core/utility.hpp"
#include "run_tile.hpp"
#include "tile_epilogue.hpp"
#include "winograd_block.hpp"
#include "winograd_grouping.hpp"
#include "winograd_tile.hpp"
#include "winograd_weights.hpp"

namespace octet::kernels {

/// Winograd as an algorithm (conv2d.hpp). `Dot` is the architecture's int16_dot, `V` its vector.
template <ConvSpec S, class Dot, class V, TransformWeights When = TransformWeights::when_packed>
struct WinogradConv2d {
    static_assert(winograd_possible(S), "octet: Winograd is for 3 x 3 windows of stride 1, without groups or dilation");
    using Weight = WinogradWeight<When>;

    static constexpr const char* name = "winograd";
    static constexpr int images = S.images;

private:
    static constexpr WinogradSide rows{S.output.shape.h}, columns{S.output.shape.w};
    static constexpr int tiles = rows.tiles() * columns.tiles();  // of an image
    static constexpr bool cuts = rows.points() < 6 * rows.tiles() || columns.points() < 6 * columns.tiles();
    static constexpr detail::WinogradGrouping grouping = detail::winograd_grouping<Dot>(winograd_sizes<Dot>(S), When);
    static constexpr Tile tile = grouping.tile;

public:
    static constexpr WeightLayout layout{S.channels(), 1, 3, 3, S.input.shape.c, Dot::unit, Dot::lanes, tile.vectors};
    static constexpr Int8Packing packing = winograd_packing<When>;
    static constexpr std::size_t weight_bytes = WinogradLayout{layout, When}.size() * sizeof(Weight);
    static constexpr int input_offset = 0;
    /// One block of tiles for one block of channels, of `n` images.
    static constexpr int units_of(int n) { return grouping.blocks(n * tiles) * layout.blocks(); }
    static constexpr int units = units_of(images);

private:
    static constexpr WinogradLayout packed{layout, When};
    static constexpr int inputs = packed.inputs(), outputs = layout.block(), parts = packed.parts();
    // Weights that are transformed when used are so for as many input channels at once as the second level of a cache
    // likes, and their products added to those of the channels before. A part of packed ones is one chunk.
    static constexpr bool when_used = When == TransformWeights::when_used;
    static constexpr int chunk_of(int part_inputs) {
        constexpr int bytes = 160 * 1024, most = bytes / (detail::winograd_positions * 2 * outputs);
        int chunk = when_used ? std::min(part_inputs, most) : part_inputs;
        while (part_inputs % chunk != 0 || chunk % Dot::unit != 0) --chunk;
        return chunk;
    }
    static constexpr std::ptrdiff_t chunk_stride = std::ptrdiff_t(chunk_of(inputs)) * outputs + 32;
    static constexpr int row_pixels = detail::winograd_inputs * S.input.shape.c + 64;  // bytes
    // Positions lie apart by distances that are no power of two, or they would share a few sets of the cache.
    static constexpr std::ptrdiff_t values_stride = std::ptrdiff_t(grouping.most()) * inputs + 160;
    static constexpr std::ptrdiff_t products_stride = std::ptrdiff_t(grouping.most()) * outputs + 80;

    struct Scratch {
        alignas(64) std::int16_t values[detail::winograd_positions * values_stride];
        alignas(64) std::int32_t products[detail::winograd_positions * products_stride];
        alignas(64) std::int16_t weights[when_used ? detail::winograd_positions * chunk_stride : 1];
        alignas(64) std::int32_t zeros[outputs];
        // What a product begins with to begin all sums with the epilogue's start.
        alignas(64) std::int32_t starts[outputs];
        alignas(64) std::int32_t sums[parts > 1 ? grouping.most() * 16 * outputs : 1];  // of filters in parts
        detail::BlockTiles<grouping.most()> tiles;
        std::uint8_t border[row_pixels];                         // pixels of padding
        std::uint8_t edge[detail::winograd_inputs][row_pixels];  // copies of rows that end before a tile does
    };

public:
    static constexpr std::size_t scratch_bytes = sizeof(Scratch);

    /// Computes units [begin, end) of `n` images. `scratch`: of this call alone.
    [[gnu::noinline]] static void run(const std::uint8_t* input, const Weight* weights,
                                      const TileEpilogue<std::int32_t>& epilogue, int begin, int end,
                                      std::byte* scratch, int n = images) {
        Scratch& s = *reinterpret_cast<Scratch*>(scratch);
        std::fill_n(s.zeros, outputs, 0);
        for (int x = 0; x < detail::winograd_inputs; ++x)
            std::memcpy(s.border + x * S.input.shape.c, input, std::size_t(S.input.shape.c));  // the first gap
        for (int unit = begin, transformed_block = -1; unit < end; ++unit) {
            const int group = unit / layout.blocks(), block = unit % layout.blocks();
            const int first = grouping.first(group, n * tiles), count = grouping.first(group + 1, n * tiles) - first;
            if (first != transformed_block) transform_block(input, transformed_block = first, count, s);
            const Weight* w = weights + std::size_t(block) * packed.block_size();
            const ChannelVector channels = channel_vector(layout, 0, block * outputs);
            if (parts == 1 || w[0] == WinogradLayout::in_one_go)
                whole_block(w, epilogue, channels, count, s);
            else
                block_in_parts(w, epilogue, channels, count, s);
        }
    }

private:
    static void transform_block(const std::uint8_t* input, int first, int count, Scratch& s) {
        s.tiles.place(rows, columns, first, count);
        for (int t = 0; t < count; ++t) {
            const detail::BlockTile& b = s.tiles.tile[t];
            const std::uint8_t* values = input + std::size_t(b.image) * value_bytes(S.input, true);
            const std::uint8_t* pixels[detail::winograd_inputs]{};
            for (int i = 0; i < b.h + 2; ++i)
                pixels[i] = row_of(values, b.y - S.window.pad.top + i, b.x - S.window.pad.left, i, s);
            detail::transform_tile<V>(b.h, b.w, pixels, S.input.shape.c, inputs, b.in(s.values, values_stride, inputs));
        }
    }
    // Six pixels of row `y` from `left` on. Those that no output needs may be anything, but must be there.
    static const std::uint8_t* row_of(const std::uint8_t* input, int y, int left, int i, Scratch& s) {
        if (y < 0 || y >= S.input.shape.h) return s.border;
        const std::ptrdiff_t at = S.input.at(y, left);
        const std::ptrdiff_t there = std::ptrdiff_t(S.input.extent()) - at;
        if (there >= detail::winograd_inputs * S.input.shape.c) return input + at;
        std::memcpy(s.edge[i], input + at, std::size_t(there));
        return s.edge[i];
    }

    // All 36 products of one part of the input channels, the one at position (1, 1) added to `unit_start`.
    template <int Parts>
    [[gnu::noinline]] static void multiply(const Weight* weights, int part, const std::int32_t* unit_start,
                                           Scratch& s) {
        constexpr int part_inputs = inputs / Parts, chunk = chunk_of(part_inputs);
        for (int c = part * part_inputs; c < (part + 1) * part_inputs; c += chunk) {
            const bool first = c == part * part_inputs;
            const Weight* own = weights + packed.index(0, c);
            const auto [transformed, stride] = transformed_weights(own, chunk, s);
            for (int p = 0; p < detail::winograd_positions; ++p) {
                if constexpr (when_used) prefetch_next<chunk>(own, p);
                const std::int32_t* start = p == detail::winograd_unit_position ? unit_start : s.zeros;
                multiply_position<chunk>(s.values + p * values_stride + c, transformed + p * stride,
                                         first ? start : nullptr, s.products + p * products_stride,
                                         s.tiles.count_at(p));
            }
        }
    }
    // products[tile] = start, or what it was, + values[tile] x weights. A matrix product is a register tile that walks
    // over one row, a tile of outputs where that has a pixel.
    template <int Inputs>
    static void multiply_position(const std::int16_t* values, const std::int16_t* weights, const std::int32_t* start,
                                  std::int32_t* products, int count) {
        constexpr detail::TileWalk walk{inputs, 0, 0, 1, Inputs / Dot::unit};
        constexpr Tile half{(tile.pixels + 1) / 2, tile.vectors};
        const int pitch = start == nullptr ? outputs : 0;
        for (int t = 0; t < count; t += tile.pixels) {
            const std::int16_t* in = values + std::ptrdiff_t(t) * inputs;
            std::int32_t* out = products + std::ptrdiff_t(t) * outputs;
            const std::int32_t* from = start == nullptr ? out : start;
            if constexpr (cuts && half != tile)
                if (count - t <= half.pixels)
                    return detail::run_tile<walk, Dot, half>(in, weights, 1, from, out, pitch);
            detail::run_tile<walk, Dot, tile>(in, weights, 1, from, out, pitch);
        }
    }

    // What is transformed next, of this block or the next one, follows in memory: a 36th of it is asked for at each
    // position. (Not so where weights were transformed when packed: the products read them in order, and a processor
    // foresees that by itself. docs/performance.md has figures.)
    template <int Chunk>
    static void prefetch_next(const Weight* own, int position) {
        constexpr std::size_t bytes = std::size_t(Chunk) * 9 * outputs * sizeof(Weight);
        constexpr std::size_t piece = bytes / detail::winograd_positions;
        prefetch(reinterpret_cast<const std::byte*>(own) + bytes + std::size_t(position) * piece, piece);
    }

    struct Transformed {
        const std::int16_t* weights;
        std::ptrdiff_t stride;  // from one position to the next
    };
    // Transformed weights of `chunk` input channels.
    static Transformed transformed_weights(const Weight* weights, int chunk, Scratch& s) {
        if constexpr (when_used) {
            detail::transform_filters<V>(weights, chunk / Dot::unit, packed.row(), chunk_stride, s.weights);
            return {s.weights, chunk_stride};
        } else {
            return {weights, std::ptrdiff_t(packed.stride())};
        }
    }

    // The sums of a tile of the block, [4][4][channel].
    static void sums_of(const detail::BlockTile& b, const Scratch& s, std::int32_t* sums) {
        detail::transform_sums<V>(b.h, b.w, b.in(s.products, products_stride, outputs), outputs, sums);
    }
    // Those of them that are in the image, through the epilogue.
    static void finish(const detail::BlockTile& b, const std::int32_t* sums, const TileEpilogue<std::int32_t>& epilogue,
                       ChannelVector channels) {
        const int h = std::min(b.h, S.output.shape.h - b.y), w = std::min(b.w, S.output.shape.w - b.x);
        for (int y = 0; y < h; ++y, sums += detail::winograd_outputs * outputs)
            epilogue.finish(sums, {w, outputs / V::lanes, channels, b.y + y, b.x, b.image});
    }

    static void whole_block(const Weight* weights, const TileEpilogue<std::int32_t>& epilogue, ChannelVector channels,
                            int count, Scratch& s) {
        for (int v = 0; v < outputs; v += V::lanes)
            V::store(s.starts + v,
                     V::mul(epilogue.template start<V>(channels.padded + v, {0, 3, 3}), V::set(detail::winograd_unit)));
        multiply<1>(weights, 0, s.starts, s);
        for (int t = 0; t < count; ++t) {
            alignas(64) std::int32_t sums[16 * outputs];
            sums_of(s.tiles.tile[t], s, sums);
            finish(s.tiles.tile[t], sums, epilogue, channels);
        }
    }
    [[gnu::noinline, gnu::cold]] static void block_in_parts(const Weight* weights,
                                                            const TileEpilogue<std::int32_t>& epilogue,
                                                            ChannelVector channels, int count, Scratch& s) {
        constexpr int size = 16 * outputs;
        for (int i = 0; i < count * size; i += outputs)
            for (int v = 0; v < outputs; v += V::lanes)
                V::store(s.sums + i + v, epilogue.template start<V>(channels.padded + v, {0, 3, 3}));
        for (int part = 0; part < parts; ++part) {
            multiply<parts>(weights, part, s.zeros, s);
            for (int t = 0; t < count; ++t) {
                alignas(64) std::int32_t sums[size];
                sums_of(s.tiles.tile[t], s, sums);
                for (int i = 0; i < size; i += V::lanes) {
                    std::int32_t* to = s.sums + t * size + i;
                    V::store(to, V::add(V::load(to), V::load(sums + i)));
                }
            }
        }
        for (int t = 0; t < count; ++t) finish(s.tiles.tile[t], s.sums + t * size, epilogue, channels);
    }
};

}  // namespace octet::kernels
