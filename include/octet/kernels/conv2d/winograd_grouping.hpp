// Which convolutions Winograd computes, and how their tiles of outputs are grouped, decided by the compiler.
#pragma once

#include <algorithm>

#include "spec.hpp"
#include "tile.hpp"
#include "winograd_weights.hpp"

namespace octet::kernels {

/// Whether Winograd can compute a spec. Padding rows are made from the gap, so there must be one.
constexpr bool winograd_possible(const ConvSpec& s) {
    const Window& w = s.window;
    return s.groups == 1 && w.kernel == Pair{3, 3} && w.stride == Pair{1, 1} && w.dilation == Pair{1, 1} &&
           (s.input.gap > 0 || (w.pad.top == 0 && w.pad.bottom == 0));
}

/// One dimension of an image as tiles: of 4 outputs, but as many of 3 at its end as it takes not to reach over the edge
/// (but where there are 1, 2 or 5 outputs).
struct WinogradSide {
    int outputs = 0;

    constexpr int tiles() const { return tiles_of(outputs, detail::winograd_outputs); }
    /// Tiles of 4.
    constexpr int whole() const { return std::max(outputs - 3 * tiles(), 0); }
    constexpr int first(int tile) const { return 3 * tile + std::min(tile, whole()); }
    constexpr int size(int tile) const { return tile < whole() ? 4 : 3; }
    /// Products for one row of another dimension.
    constexpr int points() const { return 5 * tiles() + whole(); }
};

/// A layer as Winograd's matrix products see it: tiles of outputs of all images, input channels padded to whole vectors
/// of shorts, and vectors of output channels.
struct WinogradSizes {
    int tiles = 0, inputs = 0, vectors = 0;
    int products = 0;  ///< of one input and one output channel: 36 for each tile, less where tiles are cut
};
template <class Dot>
constexpr WinogradSizes winograd_sizes(const ConvSpec& s) {
    const WinogradSide rows{s.output.shape.h}, columns{s.output.shape.w};
    return {s.images * rows.tiles() * columns.tiles(),
            WinogradLayout{{.run_elements = s.input.shape.c, .lanes = Dot::lanes}}.inputs(),
            tiles_of(s.channels(), Dot::lanes), s.images * rows.points() * columns.points()};
}

/// Whether weights may be transformed when used: those of a tile and one unit of inputs must be whole vectors of
/// shorts.
template <class Dot>
constexpr bool can_transform_when_used(const ConvSpec& s) {
    const WinogradSizes n = winograd_sizes<Dot>(s);
    return choose_tile<Dot>(n.tiles, n.vectors, true).tile.vectors * Dot::unit % 2 == 0;
}

namespace detail {
// How tiles are grouped: `tile` is the register tile of the matrix products, in which its pixels are tiles of outputs;
// at most `rows` rows of such pixels are transformed together, a block.
struct WinogradGrouping {
    Tile tile{};
    int rows = 1;

    constexpr int most() const { return rows * tile.pixels; }
    constexpr int blocks(int tiles) const { return tiles_of(tiles_of(tiles, tile.pixels), rows); }
    /// The first tile of block `b`: blocks are nearly equal, for threads.
    constexpr int first(int b, int tiles) const {
        return std::min(tiles, tiles_of(tiles, tile.pixels) * b / blocks(tiles) * tile.pixels);
    }
};
// Blocks are as large as the second level of a cache likes their values, so that weights are read less often, but there
// are at least two, for threads. Where weights are transformed for each block, 24 tiles make that a twentieth of the
// time.
template <class Dot>
constexpr WinogradGrouping winograd_grouping(const WinogradSizes& n, TransformWeights when) {
    const bool packed = when == TransformWeights::when_packed;
    constexpr int values_bytes = 160 * 1024;
    const Tile tile = choose_tile<Dot>(n.tiles, n.vectors, true).tile;
    const int rows = tiles_of(n.tiles, tile.pixels);
    const int most = std::max(tiles_of(packed ? 1 : 24, tile.pixels),
                              values_bytes / (winograd_positions * 2 * n.inputs * tile.pixels));
    return {tile, tiles_of(rows, std::max(tiles_of(rows, most), packed ? std::min(rows, 2) : 1))};
}
}  // namespace detail

}  // namespace octet::kernels
