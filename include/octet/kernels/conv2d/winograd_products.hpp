// The matrix products of Winograd's convolution: at each position the values of a block's tiles times the weights of a
// block of channels. All layers of as many channels share them.
#pragma once

#include "../../core/utility.hpp"
#include "run_tile.hpp"
#include "winograd_block.hpp"
#include "winograd_tile.hpp"
#include "winograd_weights.hpp"

namespace octet::kernels::detail {

// `L` is the weights' layout, `T` the register tile, in which a pixel is a tile of outputs. At most `Most` tiles of
// outputs are multiplied together; with `Cuts` some of them may be cut.
template <WinogradLayout L, class Dot, class V, Tile T, int Most, bool Cuts>
struct WinogradProducts {
    using Weight = WinogradWeight<L.transform>;
    static constexpr int inputs = L.inputs(), outputs = L.plain.block();

private:
    // Weights that are transformed when used are so for as many input channels at once as the second level of a cache
    // likes, and their products added to those of the channels before. A part of packed ones is one chunk.
    static constexpr bool when_used = L.transform == TransformWeights::when_used;
    static constexpr int chunk_of(int part_inputs) {
        constexpr int bytes = 160 * 1024, most = bytes / (winograd_positions * 2 * outputs);
        int chunk = when_used ? std::min(part_inputs, most) : part_inputs;
        while (part_inputs % chunk != 0 || chunk % Dot::unit != 0) --chunk;
        return chunk;
    }
    static_assert(!when_used || L.row() % V::short_lanes == 0);
    // Positions lie apart by distances that are no power of two, or they would share a few sets of the cache.
    static constexpr std::ptrdiff_t chunk_stride = std::ptrdiff_t(chunk_of(inputs)) * outputs + 32;
    static constexpr std::ptrdiff_t values_stride = std::ptrdiff_t(Most) * inputs + 160;
    static constexpr std::ptrdiff_t products_stride = std::ptrdiff_t(Most) * outputs + 80;

public:
    struct Scratch {
        alignas(64) std::int16_t values[winograd_positions * values_stride];
        alignas(64) std::int32_t products[winograd_positions * products_stride];
        alignas(64) std::int16_t weights[when_used ? winograd_positions * chunk_stride : 1];
        alignas(64) std::int32_t zeros[outputs];
        BlockTiles<Most> tiles;
    };
    static TilePlaces<std::int16_t> values(Scratch& s, const BlockTile& b) {
        return b.in(s.values, values_stride, inputs);
    }
    static TilePlaces<const std::int32_t> products(const Scratch& s, const BlockTile& b) {
        return b.in(s.products, products_stride, outputs);
    }

    // The products of one part of the input channels at all positions, of the tiles that have them; the one at position
    // (1, 1) is added to `unit_start`.
    template <int Parts>
    [[gnu::noinline]] static void multiply(const Weight* weights, int part, const std::int32_t* unit_start,
                                           Scratch& s) {
        constexpr int part_inputs = inputs / Parts, chunk = chunk_of(part_inputs);
        for (int c = part * part_inputs; c < (part + 1) * part_inputs; c += chunk) {
            const bool first = c == part * part_inputs;
            const Weight* own = weights + L.index(0, c);
            const auto [transformed, stride] = transformed_weights(own, chunk, s);
            for (int p = 0; p < winograd_positions; ++p) {
                if constexpr (when_used) prefetch_next<chunk>(own, p);
                const std::int32_t* start = p == winograd_unit_position ? unit_start : s.zeros;
                multiply_position<chunk>(s.values + p * values_stride + c, transformed + p * stride,
                                         first ? start : nullptr, s.products + p * products_stride,
                                         s.tiles.count_at(p));
            }
        }
    }

private:
    // products[tile] = start, or what it was, + values[tile] x weights. A matrix product is a register tile that walks
    // over one row, a tile of outputs where that has a pixel.
    template <int Inputs>
    static void multiply_position(const std::int16_t* values, const std::int16_t* weights, const std::int32_t* start,
                                  std::int32_t* products, int count) {
        constexpr TileWalk walk{inputs, 0, 0, 1, Inputs / Dot::unit};
        constexpr Tile half{(T.pixels + 1) / 2, T.vectors};
        const int pitch = start == nullptr ? outputs : 0;
        for (int t = 0; t < count; t += T.pixels) {
            const std::int16_t* in = values + std::ptrdiff_t(t) * inputs;
            std::int32_t* out = products + std::ptrdiff_t(t) * outputs;
            const std::int32_t* from = start == nullptr ? out : start;
            if constexpr (Cuts && half != T)
                if (count - t <= half.pixels) return run_tile<walk, Dot, half>(in, weights, 1, from, out, pitch);
            run_tile<walk, Dot, T>(in, weights, 1, from, out, pitch);
        }
    }

    // What is transformed next, of this block or the next one, follows in memory: a 36th of it is asked for at each
    // position. (Not so where weights were transformed when packed: the products read them in order, and a processor
    // foresees that by itself. docs/performance.md has figures.)
    template <int Chunk>
    static void prefetch_next(const Weight* own, int position) {
        constexpr std::size_t bytes = std::size_t(Chunk) * 9 * outputs * sizeof(Weight);
        constexpr std::size_t piece = bytes / winograd_positions;
        prefetch(reinterpret_cast<const std::byte*>(own) + bytes + std::size_t(position) * piece, piece);
    }

    struct Transformed {
        const std::int16_t* weights;
        std::ptrdiff_t stride;  // from one position to the next
    };
    // Transformed weights of `chunk` input channels.
    static Transformed transformed_weights(const Weight* weights, int chunk, Scratch& s) {
        if constexpr (when_used) {
            transform_chunk<V>(weights, chunk / Dot::unit, L.row(), chunk_stride, s.weights);
            return {s.weights, chunk_stride};
        } else {
            return {weights, std::ptrdiff_t(L.stride())};
        }
    }
};

}  // namespace octet::kernels::detail
