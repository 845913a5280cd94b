// A convolution as a kernel sees it: where its values lie and how the window moves. A small structural type,
// so that it can be a template argument: two layers with the same spec share one kernel. A linear layer is
// the convolution of a 1 x 1 image with a 1 x 1 window.
#pragma once

#include <algorithm>

#include "../../graph/memory_plan.hpp"

namespace octet::kernels {

/// What happens to a convolution's result before it is stored.
struct ConvEpilogue {
    bool relu = false;           ///< clamp at real zero
    bool residual = false;       ///< then add another value
    bool residual_relu = false;  ///< then clamp again
    friend constexpr bool operator==(const ConvEpilogue&, const ConvEpilogue&) = default;
};

/// Layouts of all operands, the window, and the epilogue.
struct ConvSpec {
    Layout input, output, residual;
    Window window{};
    ConvEpilogue epilogue{};

    friend constexpr bool operator==(const ConvSpec&, const ConvSpec&) = default;

    /// Contiguous elements of one row of the window: kernel width x channels.
    constexpr int row_elements() const { return window.kernel.w * input.shape.c; }
    constexpr int channels() const { return output.shape.c; }
};

/// The spec of node `i`, a conv2d or linear of `g` as planned in `p`.
constexpr ConvSpec conv_spec(const Graph& g, const MemoryPlan& p, int i) {
    const Node& n = g[i];
    ConvSpec s;
    s.input = p.layout[std::size_t(n.inputs[0])];
    s.output = p.layout[std::size_t(i)];
    s.window = n.window;
    s.epilogue = {n.relu, n.residual_of >= 0, n.residual_relu};
    if (n.residual_of >= 0) s.residual = p.layout[std::size_t(n.inputs[1])];
    return s;
}

/// How the output channels are cut into register tiles: `pixels` x `vectors` accumulators.
struct Tile {
    int pixels = 1;
    int vectors = 1;
    friend constexpr bool operator==(const Tile&, const Tile&) = default;
};

/// The cheapest tile for rows of `width` pixels and `vectors` vectors of channels. The cost of a tile's step is
/// its dots, plus half for each operand it loads, plus two for the loop; of the tiles an architecture has
/// registers for, the one with the least cost per row wins, the larger one on a tie.
template <class Dot>
constexpr Tile choose_tile(int width, int vectors) {
    Tile best{};
    int least = 0;
    for (int n = 1; n <= 4; n *= 2) {
        const int most = Dot::pixels(n);
        if (most == 0 || n > std::max(vectors, 1)) continue;
        const int tiles = (width + most - 1) / most, m = (width + tiles - 1) / tiles, rest = width - (tiles - 1) * m;
        const auto step = [n](int pixels) { return 2 * pixels * n + pixels + n + 4; };
        const int whole = vectors / n, part = vectors % n;
        const int cost = (tiles - 1) * (whole * step(m) + (part > 0 ? step(m) : 0)) +
                         (whole * step(rest) + (part > 0 ? step(rest) : 0));
        if (least == 0 || cost <= least) best = {m, n}, least = cost;
    }
    return best;
}

/// Where packed weights lie: [block of channels][row of the window][step][channel in block][unit], the
/// order in which a tile reads them. A row's elements are padded with zero weights to whole units (21 bytes
/// become 24 for a 7 x 7 x 3 window), and the channels to whole vectors.
struct WeightLayout {
    int channels = 0, rows = 0, row_elements = 0;  ///< canonical: [channels][rows][row_elements] (OHWI)
    int unit = 1, lanes = 1, vectors = 1;          ///< of the dot and its tile

    constexpr int steps() const { return (row_elements + unit - 1) / unit; }
    constexpr int padded_channels() const { return (channels + lanes - 1) / lanes * lanes; }
    constexpr int block() const { return vectors * lanes; }
    constexpr int blocks() const { return (padded_channels() + block() - 1) / block(); }
    constexpr int block_channels(int b) const { return std::min(block(), padded_channels() - b * block()); }
    /// Packed elements before block b.
    constexpr std::size_t block_offset(int b) const {
        return std::size_t(b) * std::size_t(block()) * std::size_t(rows) * std::size_t(steps()) * std::size_t(unit);
    }
    constexpr std::size_t size() const {
        return std::size_t(padded_channels()) * std::size_t(rows) * std::size_t(steps()) * std::size_t(unit);
    }
    /// Packed position of element `e` of row `r` of channel `o`.
    constexpr std::size_t index(int o, int r, int e) const {
        const int b = o / block(), step = e / unit;
        const auto in_block = std::size_t((r * steps() + step) * block_channels(b) + (o - b * block()));
        return block_offset(b) + in_block * std::size_t(unit) + std::size_t(e % unit);
    }
};

/// The layout that kernel `S` wants for `Dot`.
template <ConvSpec S, class Dot>
inline constexpr WeightLayout weight_layout = [] {
    const int vectors = (S.channels() + Dot::lanes - 1) / Dot::lanes;
    return WeightLayout{S.channels(), S.window.kernel.h, S.row_elements(),
                        Dot::unit,    Dot::lanes,        choose_tile<Dot>(S.output.shape.w, vectors).vectors};
}();

/// Canonical OHWI weights into packed ones. Everything the layout pads with is zeroed.
template <class T>
void pack_weights(const WeightLayout& l, const T* canonical, T* packed) {
    std::fill_n(packed, l.size(), T{});
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements; ++e) packed[l.index(o, r, e)] = *canonical++;
}

/// Packed weights back into canonical ones.
template <class T>
void unpack_weights(const WeightLayout& l, const T* packed, T* canonical) {
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements; ++e) *canonical++ = packed[l.index(o, r, e)];
}

}  // namespace octet::kernels
