// One tile of a Winograd convolution: its inputs into 36 positions, and the products at these positions into its sums;
// and a chunk of its weights. Strides are arguments, so a program has each of these functions once, whatever its
// networks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "winograd_block.hpp"
#include "winograd_transform.hpp"

namespace octet::kernels::detail {

// B^T d B of `channels` channels of a tile of H x W outputs. `rows` point at its rows of pixels, of `pixel` bytes each.
// Half of the rows at a time, since registers do not hold all 36 values: loading pixels twice is cheaper than that.
template <class V, int H, int W>
[[gnu::noinline]] void transform_tile(const std::uint8_t* const (&rows)[6], std::ptrdiff_t pixel, int channels,
                                      const TilePlaces<std::int16_t>& to) {
    using Short = typename V::i16;
    for (int c = 0; c < channels; c += V::short_lanes) {
#pragma GCC unroll 2
        for (int half = 0; half < H + 2; half += 3) {
            Short d[3][W + 2];
#pragma GCC unroll 6
            for (int x = 0; x < W + 2; ++x) {
                Short column[H + 2], r[H + 2];
#pragma GCC unroll 6
                for (int y = 0; y < H + 2; ++y) column[y] = V::load_short_u8(rows[y] + x * pixel + c);
                transform_input<V>(column, r);
#pragma GCC unroll 3
                for (int y = 0; y < 3; ++y)
                    if (half + y < H + 2) d[y][x] = r[half + y];
            }
#pragma GCC unroll 3
            for (int y = 0; y < 3; ++y) {
                if (half + y >= H + 2) break;
                Short r[W + 2];
                transform_input<V>(d[y], r);
#pragma GCC unroll 6
                for (int x = 0; x < W + 2; ++x)
                    V::store_short(to.at(winograd_row(H, half + y), winograd_row(W, x)) + c, r[x]);
            }
        }
    }
}

// The sums of a tile of H x W outputs, [y][x][channel], x up to 4, of `channels` channels. Every other row of outputs
// at a time, as above.
template <class V, int H, int W>
[[gnu::noinline]] void transform_sums(const TilePlaces<const std::int32_t>& products, int channels,
                                      std::int32_t* sums) {
    using Sum = typename V::i32;
    const Sum inverse = V::set(inverse_of_9);
    for (int c = 0; c < channels; c += V::lanes) {
#pragma GCC unroll 2
        for (int half = 0; half < 2; ++half) {
            Sum d[H][W + 2];
#pragma GCC unroll 6
            for (int x = 0; x < W + 2; ++x) {
                Sum column[H + 2], r[H];
#pragma GCC unroll 6
                for (int y = 0; y < H + 2; ++y)
                    column[y] = V::load(products.at(winograd_row(H, y), winograd_row(W, x)) + c);
                transform_output<V>(column, r);
#pragma GCC unroll 2
                for (int y = half; y < H; y += 2) d[y][x] = r[y];
            }
#pragma GCC unroll 2
            for (int y = half; y < H; y += 2) {
                Sum r[W];
                transform_output<V>(d[y], r);
#pragma GCC unroll 4
                for (int x = 0; x < W; ++x)
                    V::store(sums + (y * winograd_outputs + x) * channels + c,
                             V::shift_right(V::mul(r[x], inverse), winograd_shift(H, y) + winograd_shift(W, x)));
            }
        }
    }
}

// The same for a tile whose size is known when it runs.
template <class F>
void with_size(int h, int w, F f) {
    if (h == 4)
        w == 4 ? f.template operator()<4, 4>() : f.template operator()<4, 3>();
    else
        w == 4 ? f.template operator()<3, 4>() : f.template operator()<3, 3>();
}
template <class V>
void transform_tile(int h, int w, const std::uint8_t* const (&rows)[6], std::ptrdiff_t pixel, int channels,
                    const TilePlaces<std::int16_t>& to) {
    with_size(h, w, [&]<int H, int W>() { transform_tile<V, H, W>(rows, pixel, channels, to); });
}
template <class V>
void transform_sums(int h, int w, const TilePlaces<const std::int32_t>& products, int channels, std::int32_t* sums) {
    with_size(h, w, [&]<int H, int W>() { transform_sums<V, H, W>(products, channels, sums); });
}

// G' g G'^T, 36 positions that lie `stride` apart, from the bytes of filters transformed when used: `units` units of
// input channels, of `row` numbers each.
template <class V>
[[gnu::noinline]] void transform_chunk(const std::int8_t* weights, int units, int row, std::ptrdiff_t stride,
                                       std::int16_t* to) {
    for (int unit = 0; unit < units; ++unit, weights += 9 * row, to += row)
        for (int i = 0; i < row; i += V::short_lanes) {
            typename V::i16 columns[3][6];
#pragma GCC unroll 3
            for (int x = 0; x < 3; ++x) {
                const auto tap = [&](int k) { return V::load_short_s8(weights + (3 * k + x) * row + i); };
                const auto g0 = tap(0), g1 = tap(1), g2 = tap(2);
#pragma GCC unroll 6
                for (int y = 0; y < 6; ++y) columns[x][y] = transform_weights<V>(y, g0, g1, g2);
            }
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
#pragma GCC unroll 6
                for (int x = 0; x < 6; ++x)
                    V::store_short(to + (y * 6 + x) * stride + i,
                                   transform_weights<V>(x, columns[0][y], columns[1][y], columns[2][y]));
        }
}

}  // namespace octet::kernels::detail
