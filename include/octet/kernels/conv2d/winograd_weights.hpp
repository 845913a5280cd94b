// Weights of a Winograd convolution, in one of two forms:
//
//     transformed when packed: 36 shorts for each 9 bytes
//         [block of channels]  header     [position][pair of inputs][vector][channel in vector][unit]
//     transformed when used: the 9 bytes, in an order in which vectors of them become vectors of the above
//         [block of channels]  header     [pair of inputs][tap][vector][channel in vector][unit]
//
// The first number of a header says whether the block's filters are proved. A filter's sum over bytes x is recovered if
// it is below 2^25 (winograd_transform.hpp), and no x makes it larger than
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
#include <type_traits>

#include "../vector.hpp"
#include "weights.hpp"
#include "winograd_transform.hpp"

namespace octet::kernels {

/// When weights are transformed: once, as a model is packed, for 8 times the memory; or each time a layer runs.
enum class TransformWeights { when_packed, when_used };

/// A number of a Winograd convolution's weights.
template <TransformWeights When>
using WinogradWeight = std::conditional_t<When == TransformWeights::when_packed, std::int16_t, std::int8_t>;

/// The layout of a Winograd convolution's weights. `plain` has rows = runs = 3, and a whole number of blocks.
struct WinogradLayout {
    WeightLayout plain{};
    TransformWeights transform = TransformWeights::when_packed;

    static constexpr int header = 32;  ///< numbers before each block, the first of which is
    static constexpr int in_one_go = 1, in_parts = 2;
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
    /// Numbers of one unit of inputs, at one position or tap, for all channels of a block.
    constexpr int row() const { return plain.block() * plain.unit; }
    /// Numbers of all inputs.
    constexpr std::size_t position_size() const { return std::size_t(inputs()) * std::size_t(plain.block()); }
    constexpr bool packed() const { return transform == TransformWeights::when_packed; }
    constexpr std::size_t block_size() const {
        return header + (packed() ? detail::winograd_positions : 9) * position_size();
    }
    constexpr std::size_t size() const { return std::size_t(plain.blocks()) * block_size(); }
    /// Where the first number of input channel `c` and output channel `o` is, and how far it is from one position or
    /// tap to the next.
    constexpr std::size_t index(int o, int c) const {
        return std::size_t(o / plain.block()) * block_size() + header +
               std::size_t(c / plain.unit * (packed() ? 1 : 9) * row() + o % plain.block() * plain.unit +
                           c % plain.unit);
    }
    constexpr std::size_t stride() const { return packed() ? position_size() : std::size_t(row()); }
};

namespace detail {
inline bool within_winograd_limit(const std::int8_t* filter, int count) {
    const auto [sum, magnitude] = sum_weights(filter, count);
    // The larger of the sum of positive weights and that of negative ones, (magnitude +- sum) / 2.
    return 255 * std::int64_t((magnitude + std::abs(sum)) / 2) < winograd_limit;
}

inline constexpr int winograd_chunk = 32;  // weights transformed together: a cache line of shorts
using WinogradTaps = std::int8_t[9][winograd_chunk];

// G' g G'^T of `winograd_chunk` filters at once. Calls store(position, shorts) for each of 36.
template <class Store>
inline void transform_filters(const WinogradTaps& taps, Store store) {
    const auto transform = [](const auto* a, const auto* b, const auto* c, std::int16_t(&out)[6][winograd_chunk]) {
        for (int k = 0; k < 6; ++k)
            for (int i = 0; i < winograd_chunk; ++i)
                out[k][i] = transform_weights<Scalar, std::int16_t>(k, a[i], b[i], c[i]);
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
    const bool pairs = unit == 2 && count == winograd_chunk;  // as all are of most layers: a loop of known length
    if (!pairs || outputs * unit < winograd_chunk) std::memset(taps, 0, sizeof taps);
    for (int o = 0; o < outputs; ++o)
        for (int tap = 0; tap < 9; ++tap, filters += inputs) {
            if (pairs) {
                for (int c = 0; c < winograd_chunk; c += 2) std::memcpy(taps[c / 2][tap] + o * 2, filters + c, 2);
            } else {
                for (int c = 0, i = 0; c < count; c += unit, ++i)
                    std::copy_n(filters + c, std::min(unit, count - c), taps[i][tap] + o * unit);
            }
        }
}

// One filter from its 36 transformed weights.
inline void restore_filter(const std::int16_t* packed, std::size_t stride, std::int8_t* to, int inputs) {
    int u[6][6], columns[6][3];
    for (int p = 0; p < winograd_positions; ++p) u[p / 6][p % 6] = packed[std::size_t(p) * stride];
    for (int y = 0; y < 6; ++y) restore_weights(u[y], columns[y][0], columns[y][1], columns[y][2]);
    for (int x = 0; x < 3; ++x) {
        const int column[6] = {columns[0][x], columns[1][x], columns[2][x],
                               columns[3][x], columns[4][x], columns[5][x]};
        int g[3];
        restore_weights(column, g[0], g[1], g[2]);
        for (int y = 0; y < 3; ++y) to[(y * 3 + x) * inputs] = static_cast<std::int8_t>(g[y]);
    }
}
}  // namespace detail

/// Canonical weights (OHWI, 3 x 3) into those of a Winograd convolution, a cache line of shorts at a time.
template <TransformWeights When>
void pack_winograd(const WeightLayout& plain, const std::int8_t* canonical, std::byte* bytes) {
    using detail::winograd_chunk;
    using Weight = WinogradWeight<When>;
    const WinogradLayout l{plain, When};
    const int inputs = plain.run_elements, filter_size = 9 * inputs, unit = plain.unit, row = l.row();
    detail::WinogradTaps taps[winograd_chunk];
    for (int b = 0; b < plain.blocks(); ++b) {
        auto* block = reinterpret_cast<Weight*>(bytes) + std::size_t(b) * l.block_size();
        const std::int8_t* filters = canonical + std::ptrdiff_t(b) * plain.block() * filter_size;
        const int outputs = std::min(plain.block(), plain.channels - b * plain.block());
        std::fill_n(block, WinogradLayout::header, Weight{});
        block[0] = WinogradLayout::in_one_go;
        for (int o = 0; o < outputs; ++o)
            if (!detail::within_winograd_limit(filters + std::ptrdiff_t(o) * filter_size, filter_size))
                block[0] = WinogradLayout::in_parts;

        for (int c = 0; c < l.inputs(); c += winograd_chunk)
            for (int at = 0; at < row; at += winograd_chunk) {
                const int o = at / unit, width = std::min(winograd_chunk, row - at);
                detail::gather_taps(filters + std::ptrdiff_t(o) * filter_size + c,
                                    std::clamp(outputs - o, 0, winograd_chunk / unit), inputs,
                                    std::clamp(inputs - c, 0, winograd_chunk), unit, taps);
                for (int pair = 0; pair < std::min(winograd_chunk, l.inputs() - c) / unit; ++pair) {
                    Weight* to = block + l.index(0, c + pair * unit) + at;
                    const auto store = [&](int i, const Weight* line) {
                        if (width == winograd_chunk)
                            std::memcpy(to + std::size_t(i) * l.stride(), line, sizeof(Weight[winograd_chunk]));
                        else
                            std::copy_n(line, width, to + std::size_t(i) * l.stride());
                    };
                    if constexpr (When == TransformWeights::when_packed)
                        detail::transform_filters(taps[pair], store);
                    else
                        for (int tap = 0; tap < 9; ++tap) store(tap, taps[pair][tap]);
                }
            }
    }
}

/// The canonical weights again.
template <TransformWeights When>
void unpack_winograd(const WeightLayout& plain, const std::byte* bytes, std::int8_t* canonical) {
    const WinogradLayout l{plain, When};
    const int inputs = plain.run_elements;
    for (int o = 0; o < plain.channels; ++o)
        for (int c = 0; c < inputs; ++c) {
            const auto* packed = reinterpret_cast<const WinogradWeight<When>*>(bytes) + l.index(o, c);
            std::int8_t* to = canonical + std::ptrdiff_t(o) * 9 * inputs + c;
            if constexpr (When == TransformWeights::when_packed)
                detail::restore_filter(packed, l.stride(), to, inputs);
            else
                for (int tap = 0; tap < 9; ++tap) to[tap * inputs] = packed[std::size_t(tap) * l.stride()];
        }
}

/// Winograd's ways of packing.
template <TransformWeights When>
inline constexpr Int8Packing winograd_packing{pack_winograd<When>, unpack_winograd<When>,
                                              When == TransformWeights::when_packed ? "winograd" : "winograd bytes"};

}  // namespace octet::kernels
