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
// Values and products of one block lie in the scratch memory of the thread that works on it.
#pragma once

#include <cstring>

#include "../../core/utility.hpp"
#include "run_tile.hpp"
#include "winograd_grouping.hpp"
#include "winograd_weights.hpp"

namespace octet::kernels {

/// Winograd as an algorithm (conv2d.hpp). `Dot` is the architecture's int16_dot, `V` its vector.
template <ConvSpec S, class Dot, class V, TransformWeights When = TransformWeights::when_packed>
struct WinogradConv2d {
    static_assert(winograd_possible(S), "octet: Winograd is for 3 x 3 windows of stride 1, without groups or dilation");
    using Weight = WinogradWeight<When>;

    static constexpr const char* name = "winograd";
    static constexpr int tiles_w = tiles_of(S.output.shape.w, 4), tiles = tiles_w * tiles_of(S.output.shape.h, 4);
    static constexpr int images = S.images;

private:
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
        std::uint8_t border[row_pixels];                                                // pixels of padding
        std::uint8_t edge[detail::winograd_inputs][row_pixels];  // copies of rows that end before a tile does
    };

public:
    static constexpr std::size_t scratch_bytes = sizeof(Scratch);

    /// Computes units [begin, end) of `n` images. `scratch`: of this call alone.
    template <class Epilogue>
    [[gnu::noinline]] static void run(const std::uint8_t* input, const Weight* weights, const Epilogue& epilogue,
                                      int begin, int end, std::byte* scratch, int n = images) {
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
                whole_block(w, epilogue, channels, first, count, s);
            else
                block_in_parts(w, epilogue, channels, first, count, s);
        }
    }

private:
    static void transform_block(const std::uint8_t* input, int first, int count, Scratch& s) {
        for (int t = 0; t < count; ++t) {
            const int image = (first + t) / tiles, tile_number = (first + t) % tiles;
            const int top = tile_number / tiles_w * 4 - S.window.pad.top;
            const int left = tile_number % tiles_w * 4 - S.window.pad.left;
            const std::uint8_t* values = input + std::size_t(image) * value_bytes(S.input, true);
            const std::uint8_t* rows[detail::winograd_inputs];
            for (int i = 0; i < detail::winograd_inputs; ++i) rows[i] = row_of(values, top + i, left, i, s);
            transform_tile(rows, s.values + std::ptrdiff_t(t) * inputs);
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
    [[gnu::noinline]] static void transform_tile(const std::uint8_t* const (&rows)[6], std::int16_t* values) {
        using Short = typename V::i16;
        for (int c = 0; c < inputs; c += V::short_lanes) {
            Short d[6][6];
#pragma GCC unroll 6
            for (int x = 0; x < 6; ++x) {
                Short column[6], r[6];
#pragma GCC unroll 6
                for (int y = 0; y < 6; ++y) column[y] = V::load_short_u8(rows[y] + x * S.input.shape.c + c);
                detail::transform_input<V>(column, r);
#pragma GCC unroll 6
                for (int y = 0; y < 6; ++y) d[y][x] = r[y];
            }
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y) {
                Short r[6];
                detail::transform_input<V>(d[y], r);
#pragma GCC unroll 6
                for (int x = 0; x < 6; ++x) V::store_short(values + (y * 6 + x) * values_stride + c, r[x]);
            }
        }
    }

    // All 36 products of one part of the input channels, the one at position (1, 1) added to `unit_start`.
    template <int Parts>
    [[gnu::noinline]] static void multiply(const Weight* weights, int part, int count, const std::int32_t* unit_start,
                                           Scratch& s) {
        // A matrix product is a tile that walks over one row, a tile of outputs where that has a pixel.
        constexpr int part_inputs = inputs / Parts, chunk = chunk_of(part_inputs);
        constexpr detail::TileWalk walk{inputs, 0, 0, 1, chunk / Dot::unit};
        for (int c = part * part_inputs; c < (part + 1) * part_inputs; c += chunk) {
            const bool first = c == part * part_inputs;
            const Weight* own = weights + packed.index(0, c);
            const auto [transformed, stride] = transformed_weights(own, chunk, s);
            for (int p = 0; p < detail::winograd_positions; ++p) {
                if constexpr (when_used) prefetch_next<chunk>(own, p);
                const std::int32_t* start = p == detail::winograd_unit_position ? unit_start : s.zeros;
                for (int t = 0; t < count; t += tile.pixels) {
                    std::int32_t* products = s.products + p * products_stride + std::ptrdiff_t(t) * outputs;
                    detail::run_tile<walk, Dot, tile>(s.values + p * values_stride + std::ptrdiff_t(t) * inputs + c,
                                                      transformed + p * stride, 1, first ? start : products, products,
                                                      first ? 0 : outputs);
                }
            }
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
            detail::transform_chunk<V, packed.row(), chunk_stride>(weights, chunk / Dot::unit, s.weights);
            return {s.weights, chunk_stride};
        } else {
            return {weights, std::ptrdiff_t(packed.stride())};
        }
    }

    // Calls sink(row, column, sum) for the 16 outputs of tile `t`, for channels from `channel` on.
    template <class Sink>
    static void transform_sums(const Scratch& s, int t, int channel, Sink sink) {
        using Sum = typename V::i32;
        const std::int32_t* products = s.products + std::ptrdiff_t(t) * outputs + channel;
        const Sum inverse = V::set(detail::inverse_of_9);
        Sum d[4][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            Sum column[6], r[4];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y) column[y] = V::load(products + (y * 6 + x) * products_stride);
            detail::transform_output<V>(column, r);
#pragma GCC unroll 4
            for (int y = 0; y < 4; ++y) d[y][x] = r[y];
        }
#pragma GCC unroll 4
        for (int y = 0; y < 4; ++y) {
            Sum r[4];
            detail::transform_output<V>(d[y], r);
#pragma GCC unroll 4
            for (int x = 0; x < 4; ++x)
                sink(y, x,
                     V::shift_right(V::mul(r[x], inverse),
                                    detail::winograd_shift[std::size_t(y)] + detail::winograd_shift[std::size_t(x)]));
        }
    }
    // Gives sum(y, x), for outputs that are in the image, to the epilogue.
    template <class Epilogue>
    struct Finish {
        const Epilogue& epilogue;
        ChannelVector channels;
        int top, left;
        decltype(epilogue.constants(0)) constants = epilogue.constants(channels.padded);

        void operator()(int y, int x, typename V::i32 sum) const {
            if (S.output.shape.h % 4 != 0 && top + y >= S.output.shape.h) return;
            if (S.output.shape.w % 4 != 0 && left + x >= S.output.shape.w) return;
            epilogue.finish(sum, constants, channels, top + y, left + x);
        }
    };
    template <class Epilogue>
    static Finish<Epilogue> finish(const Epilogue& epilogue, ChannelVector channels, int tile_number) {
        return {epilogue, channels, tile_number / tiles_w * 4, tile_number % tiles_w * 4};
    }

    template <class Epilogue>
    static Epilogue epilogue_of(const Epilogue& epilogue, int tile_number) {
        if constexpr (images > 1)
            return epilogue.of_image(tile_number / tiles);
        else
            return epilogue;
    }

    template <class Epilogue>
    static void whole_block(const Weight* weights, const Epilogue& epilogue, ChannelVector channels, int first,
                            int count, Scratch& s) {
        for (int v = 0; v < outputs; v += V::lanes)
            V::store(s.starts + v, V::mul(epilogue.start(channels.padded + v, 0, 3), V::set(detail::winograd_unit)));
        multiply<1>(weights, 0, count, s.starts, s);
        for (int t = 0; t < count; ++t) {
            const Epilogue own = epilogue_of(epilogue, first + t);
            for (int v = 0; v < outputs; v += V::lanes)
                transform_sums(s, t, v, finish(own, channels + v, (first + t) % tiles));
        }
    }
    template <class Epilogue>
    [[gnu::noinline, gnu::cold]] static void block_in_parts(const Weight* weights, const Epilogue& epilogue,
                                                            ChannelVector channels, int first, int count, Scratch& s) {
        const auto sums = [&](int t, int v) { return s.sums + std::ptrdiff_t(t) * 16 * outputs + v; };
        for (int i = 0; i < count * 16; ++i)
            for (int v = 0; v < outputs; v += V::lanes)
                V::store(sums(0, v) + i * outputs, epilogue.start(channels.padded + v, 0, 3));
        for (int part = 0; part < parts; ++part) {
            multiply<parts>(weights, part, count, s.zeros, s);
            for (int t = 0; t < count; ++t)
                for (int v = 0; v < outputs; v += V::lanes)
                    transform_sums(s, t, v, [to = sums(t, v)](int y, int x, typename V::i32 sum) {
                        std::int32_t* p = to + (y * 4 + x) * outputs;
                        V::store(p, V::add(V::load(p), sum));
                    });
        }
        for (int t = 0; t < count; ++t) {
            const Epilogue own = epilogue_of(epilogue, first + t);
            for (int v = 0; v < outputs; v += V::lanes) {
                const auto sink = finish(own, channels + v, (first + t) % tiles);
                for (int i = 0; i < 16; ++i) sink(i / 4, i % 4, V::load(sums(t, v) + i * outputs));
            }
        }
    }
};

}  // namespace octet::kernels
