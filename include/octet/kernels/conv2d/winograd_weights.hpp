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
    std::int32_t positive = 0, negative = 0;
    for (int i = 0; i < count; ++i) (filter[i] > 0 ? positive : negative) += filter[i];
    return 255 * std::int64_t(std::max(positive, -negative)) < winograd_limit;
}

inline constexpr int winograd_chunk = 32;  // input channels transformed together, for the compiler to vectorize

// G' g G'^T, of `winograd_chunk` input channels at once: within +-49 * 128 = 6,272, since rows of G' add up to at
// most 7.
inline void transform_filters(const std::int16_t (&taps)[9][winograd_chunk],
                              std::int16_t (&u)[winograd_positions][winograd_chunk]) {
    std::int16_t columns[6][3][winograd_chunk];
    const auto transform = [](const std::int16_t* a, const std::int16_t* b, const std::int16_t* c, auto out) {
        for (int i = 0; i < winograd_chunk; ++i) {
            const std::int16_t sum = std::int16_t(a[i] + c[i]), sum4 = std::int16_t(a[i] + 4 * c[i]);
            const std::int16_t twice = std::int16_t(2 * b[i]);
            out(0)[i] = std::int16_t(6 * a[i]);
            out(1)[i] = std::int16_t(sum + b[i]);
            out(2)[i] = std::int16_t(sum - b[i]);
            out(3)[i] = std::int16_t(sum4 + twice);
            out(4)[i] = std::int16_t(sum4 - twice);
            out(5)[i] = std::int16_t(6 * c[i]);
        }
    };
    for (int x = 0; x < 3; ++x) transform(taps[x], taps[3 + x], taps[6 + x], [&](int y) { return columns[y][x]; });
    for (int y = 0; y < 6; ++y)
        transform(columns[y][0], columns[y][1], columns[y][2], [&](int x) { return u[y * 6 + x]; });
}
}  // namespace detail

/// Canonical weights (OHWI, 3 x 3) into transformed ones.
inline void pack_winograd(const WeightLayout& plain, const std::int8_t* canonical, std::byte* bytes) {
    const WinogradLayout l{plain};
    auto* packed = reinterpret_cast<std::int16_t*>(bytes);
    std::fill_n(packed, l.size(), std::int16_t{});
    const int inputs = plain.run_elements;
    for (int b = 0; b < plain.blocks(); ++b) packed[std::size_t(b) * l.block_size()] = 1;
    for (int o = 0; o < plain.channels; ++o) {
        const std::int8_t* filter = canonical + std::ptrdiff_t(o) * 9 * inputs;
        if (!detail::within_winograd_limit(filter, 9 * inputs))
            packed[std::size_t(o / plain.block()) * l.block_size()] = std::int16_t(l.parts());
        for (int first = 0; first < inputs; first += detail::winograd_chunk) {
            const int count = std::min(detail::winograd_chunk, inputs - first);
            std::int16_t taps[9][detail::winograd_chunk] = {}, u[detail::winograd_positions][detail::winograd_chunk];
            for (int tap = 0; tap < 9; ++tap) std::copy_n(filter + tap * inputs + first, count, taps[tap]);
            detail::transform_filters(taps, u);
            for (int p = 0; p < detail::winograd_positions; ++p)
                for (int c = 0; c < count; c += plain.unit)
                    std::copy_n(u[p] + c, plain.unit,
                                packed + l.index(o, first + c) + std::size_t(p) * l.position_size());
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
inline constexpr Int8Packing winograd_packing{pack_winograd, unpack_winograd};

}  // namespace octet::kernels
