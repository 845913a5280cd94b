// Exact Winograd convolution: 3 x 3 windows of stride 1 with a quarter of the multiplications, as 16-bit products, and
// the very integers of the direct convolution. winograd_transform.hpp has the formulas and why they are exact,
// winograd_weights.hpp the proof that is made of each filter.
//
//     for block of tiles (up to 4 x 4 outputs each):     values = B^T d B, up to 36 shorts for each input channel
//         for block of output channels:                  (weights = G' g G'^T, if they were not packed so)
//             for each of 36 positions:                  products[position] = values[position] x weights[position]
//                 a matrix product over input channels   by the register tile of run_tile.hpp
//             for each tile:
//                 sums = A^T products A * 1/9 >> k, then the epilogue
//
// Values and products of one block lie in the scratch memory of the thread that works on it. Tiles of 3 outputs, of
// images that are no multiple of 4, have no part in the products at the positions they lack.
#pragma once

#include <cstring>

#include "tile_epilogue.hpp"
#include "winograd_block.hpp"
#include "winograd_grouping.hpp"
#include "winograd_products.hpp"
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
    static constexpr WinogradSizes sizes = winograd_sizes<Dot>(S);
    static constexpr bool cuts = sizes.products < detail::winograd_positions * sizes.tiles;
    static constexpr detail::WinogradGrouping grouping = detail::winograd_grouping<Dot>(sizes, When);
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
    using Products = detail::WinogradProducts<packed, Dot, V, tile, grouping.most(), cuts>;
    static constexpr int row_pixels = detail::winograd_inputs * S.input.shape.c + 64;  // bytes

    struct Scratch {
        typename Products::Scratch products;
        // What a product begins with to begin all sums with the epilogue's start.
        alignas(64) std::int32_t starts[outputs];
        alignas(64) std::int32_t sums[parts > 1 ? grouping.most() * 16 * outputs : 1];  // of filters in parts
        std::uint8_t border[row_pixels];                                                // pixels of padding
        std::uint8_t edge[detail::winograd_inputs][row_pixels];  // copies of rows that end before a tile does
    };

public:
    static constexpr std::size_t scratch_bytes = sizeof(Scratch);

    /// Computes units [begin, end) of `n` images. `scratch`: of this call alone.
    [[gnu::noinline]] static void run(const std::uint8_t* input, const Weight* weights,
                                      const TileEpilogue<std::int32_t>& epilogue, int begin, int end,
                                      std::byte* scratch, int n = images) {
        Scratch& s = *reinterpret_cast<Scratch*>(scratch);
        std::fill_n(s.products.zeros, outputs, 0);
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
        s.products.tiles.place(rows, columns, first, count);
        for (int t = 0; t < count; ++t) {
            const detail::BlockTile& b = s.products.tiles.tile[t];
            const std::uint8_t* values = input + std::size_t(b.image) * value_bytes(S.input, true);
            const std::uint8_t* pixels[detail::winograd_inputs]{};
            for (int i = 0; i < b.h + 2; ++i)
                pixels[i] = row_of(values, b.y - S.window.pad.top + i, b.x - S.window.pad.left, i, s);
            detail::transform_tile<V>(b.h, b.w, pixels, S.input.shape.c, inputs, Products::values(s.products, b));
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

    // The sums of a tile of the block, [4][4][channel].
    static void sums_of(const detail::BlockTile& b, const Scratch& s, std::int32_t* sums) {
        detail::transform_sums<V>(b.h, b.w, Products::products(s.products, b), outputs, sums);
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
        Products::template multiply<1>(weights, 0, s.starts, s.products);
        for (int t = 0; t < count; ++t) {
            alignas(64) std::int32_t sums[16 * outputs];
            sums_of(s.products.tiles.tile[t], s, sums);
            finish(s.products.tiles.tile[t], sums, epilogue, channels);
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
            Products::template multiply<parts>(weights, part, s.products.zeros, s.products);
            for (int t = 0; t < count; ++t) {
                alignas(64) std::int32_t sums[size] = {};  // a tile cut to 3 outputs leaves some as they are
                sums_of(s.products.tiles.tile[t], s, sums);
                for (int i = 0; i < size; i += V::lanes) {
                    std::int32_t* to = s.sums + t * size + i;
                    V::store(to, V::add(V::load(to), V::load(sums + i)));
                }
            }
        }
        for (int t = 0; t < count; ++t) finish(s.products.tiles.tile[t], s.sums + t * size, epilogue, channels);
    }
};

}  // namespace octet::kernels
