// Transformed weights of a Winograd convolution: 36 shorts for each 9 bytes.
//
//     [block of channels]  header: `parts`     [position][pair of inputs][vector][channel in vector][unit]
//
// A filter's sum over bytes x is recovered if it is below 2^25 (winograd_transform.hpp), and no x makes it larger than
//
//     255 * max( sum of its positive weights, -sum of its negative weights )
//
// Packing computes that bound from the weights. A block of channels whose filters all keep it is multiplied in one go;
// any other in `parts`, ranges of so few input channels that no weights can exceed it, whose sums are added. So the
// result is right for every filter there is, and the filters of real networks, far from the limit, pay nothing.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "weights.hpp"
#include "winograd_transform.hpp"

namespace octet::kernels {

/// The layout of transformed weights. `plain` has rows = runs = 3, and a whole number of blocks.
struct WinogradLayout {
    WeightLayout plain{};

    static constexpr int header = 32;  ///< shorts before each block, of which the first is `parts`
    /// Input channels that are always safe to add up: 9 * 114 * 128 * 255 < 2^25.
    static constexpr int safe_inputs = detail::winograd_limit / (9 * 128 * 255);

    /// Input channels, padded to whole vectors of shorts.
    constexpr int inputs() const {
        const int lanes = 2 * plain.lanes;
        return (plain.run_elements + lanes - 1) / lanes * lanes;
    }
    /// Ranges of input channels that are safe whatever the weights.
    constexpr int parts() const {
        int n = 1;
        while (inputs() / n > safe_inputs || inputs() % (n * plain.unit) != 0) ++n;
        return n;
    }
    constexpr std::size_t position_size() const { return std::size_t(inputs()) * std::size_t(plain.block()); }
    constexpr std::size_t block_size() const { return header + detail::winograd_positions * position_size(); }
    constexpr std::size_t size() const { return std::size_t(plain.blocks()) * block_size(); }
    /// Of input channel `c` and output channel `o` at position 0.
    constexpr std::size_t index(int o, int c) const {
        const int in_block = o % plain.block();
        return std::size_t(o / plain.block()) * block_size() + header +
               std::size_t((c / plain.unit * plain.block() + in_block) * plain.unit + c % plain.unit);
    }
};

namespace detail {
inline bool within_winograd_limit(const std::int8_t* filter, int count) {
    std::int32_t sum = 0, magnitude = 0;
    for (int i = 0; i < count; ++i) {
        sum += filter[i];
        magnitude += std::abs(filter[i]);
    }
    // The larger of the sum of positive weights and that of negative ones, (magnitude +- sum) / 2.
    return 255 * std::int64_t((magnitude + std::abs(sum)) / 2) < winograd_limit;
}

inline constexpr int winograd_chunk = 32;  // weights transformed together: a cache line of shorts
using WinogradTaps = std::int8_t[9][winograd_chunk];

// G' g G'^T of `winograd_chunk` filters at once: within +-49 * 128 = 6,272, since rows of G' add up to at most 7. Calls
// store(position, shorts) for each of 36.
template <class Store>
inline void transform_filters(const WinogradTaps& taps, Store store) {
    const auto transform = [](const auto* a, const auto* b, const auto* c, std::int16_t(&out)[6][winograd_chunk]) {
        for (int i = 0; i < winograd_chunk; ++i) {
            const std::int16_t sum = std::int16_t(a[i] + c[i]), sum4 = std::int16_t(a[i] + 4 * c[i]);
            const std::int16_t twice = std::int16_t(2 * b[i]);
            out[0][i] = std::int16_t(6 * a[i]);
            out[1][i] = std::int16_t(sum + b[i]);
            out[2][i] = std::int16_t(sum - b[i]);
            out[3][i] = std::int16_t(sum4 + twice);
            out[4][i] = std::int16_t(sum4 - twice);
            out[5][i] = std::int16_t(6 * c[i]);
        }
    };
    std::int16_t columns[3][6][winograd_chunk], row[6][winograd_chunk];
    for (int x = 0; x < 3; ++x) transform(taps[x], taps[3 + x], taps[6 + x], columns[x]);
    for (int y = 0; y < 6; ++y) {
        transform(columns[0][y], columns[1][y], columns[2][y], row);
        for (int x = 0; x < 6; ++x) store(y * 6 + x, row[x]);
    }
}

// Bytes of `outputs` filters of 9 * `inputs`, for `count` input channels, in the order of the result:
// [pair of inputs][tap][channel][unit]. The rest is zero.
inline void gather_taps(const std::int8_t* filters, int outputs, int inputs, int count, int unit,
                        WinogradTaps (&taps)[winograd_chunk]) {
    std::memset(taps, 0, sizeof taps);
    for (int o = 0; o < outputs; ++o)
        for (int tap = 0; tap < 9; ++tap, filters += inputs)
            for (int c = 0, pair = 0; c < count; c += unit, ++pair) {
                std::int8_t* to = taps[pair][tap] + o * unit;
                if (unit == 2 && c + 2 <= count)
                    std::memcpy(to, filters + c, 2);
                else
                    std::copy_n(filters + c, std::min(unit, count - c), to);
            }
}
}  // namespace detail

/// Canonical weights (OHWI, 3 x 3) into transformed ones, a cache line of the result at a time.
inline void pack_winograd(const WeightLayout& plain, const std::int8_t* canonical, std::byte* bytes) {
    using detail::winograd_chunk;
    const WinogradLayout l{plain};
    const int inputs = plain.run_elements, filter_size = 9 * inputs, unit = plain.unit;
    const int row = plain.block() * unit;  // shorts of a pair of inputs, of all channels of a block
    detail::WinogradTaps taps[winograd_chunk];
    for (int b = 0; b < plain.blocks(); ++b) {
        auto* block = reinterpret_cast<std::int16_t*>(bytes) + std::size_t(b) * l.block_size();
        const std::int8_t* filters = canonical + std::ptrdiff_t(b) * plain.block() * filter_size;
        const int outputs = std::min(plain.block(), plain.channels - b * plain.block());
        std::fill_n(block, WinogradLayout::header, std::int16_t{});
        block[0] = 1;
        for (int o = 0; o < outputs; ++o)
            if (!detail::within_winograd_limit(filters + std::ptrdiff_t(o) * filter_size, filter_size))
                block[0] = std::int16_t(l.parts());

        for (int c = 0; c < l.inputs(); c += winograd_chunk)
            for (int at = 0; at < row; at += winograd_chunk) {
                const int o = at / unit, width = std::min(winograd_chunk, row - at);
                detail::gather_taps(filters + std::ptrdiff_t(o) * filter_size + c,
                                    std::clamp(outputs - o, 0, winograd_chunk / unit), inputs,
                                    std::clamp(inputs - c, 0, winograd_chunk), unit, taps);
                std::int16_t* to = block + WinogradLayout::header + c / unit * row + at;
                for (int pair = 0; pair < std::min(winograd_chunk, l.inputs() - c) / unit; ++pair, to += row)
                    detail::transform_filters(taps[pair], [&](int position, const std::int16_t* line) {
                        std::int16_t* p = to + std::size_t(position) * l.position_size();
                        if (width == winograd_chunk)
                            std::memcpy(p, line, sizeof(std::int16_t[winograd_chunk]));
                        else
                            std::copy_n(line, width, p);
                    });
            }
    }
}

/// The canonical weights again.
inline void unpack_winograd(const WeightLayout& plain, const std::byte* bytes, std::int8_t* canonical) {
    const WinogradLayout l{plain};
    const auto* packed = reinterpret_cast<const std::int16_t*>(bytes);
    const int inputs = plain.run_elements;
    for (int o = 0; o < plain.channels; ++o)
        for (int c = 0; c < inputs; ++c) {
            int u[6][6], columns[6][3];
            for (int p = 0; p < detail::winograd_positions; ++p)
                u[p / 6][p % 6] = packed[l.index(o, c) + std::size_t(p) * l.position_size()];
            for (int y = 0; y < 6; ++y) detail::restore_weights(u[y], columns[y][0], columns[y][1], columns[y][2]);
            for (int x = 0; x < 3; ++x) {
                const int column[6] = {columns[0][x], columns[1][x], columns[2][x],
                                       columns[3][x], columns[4][x], columns[5][x]};
                int g[3];
                detail::restore_weights(column, g[0], g[1], g[2]);
                for (int y = 0; y < 3; ++y)
                    canonical[((std::ptrdiff_t(o) * 3 + y) * 3 + x) * inputs + c] = static_cast<std::int8_t>(g[y]);
            }
        }
}

/// Winograd's way of packing.
inline constexpr Int8Packing winograd_packing{pack_winograd, unpack_winograd, "winograd"};

}  // namespace octet::kernels
