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
constexpr WinogradGrouping winograd_grouping(int tiles, int inputs, int vectors, TransformWeights when) {
    const bool packed = when == TransformWeights::when_packed;
    constexpr int values_bytes = 160 * 1024;
    const Tile tile = choose_tile<Dot>(tiles, vectors, true).tile;
    const int rows = tiles_of(tiles, tile.pixels);
    const int most = std::max(tiles_of(packed ? 1 : 24, tile.pixels),
                              values_bytes / (winograd_positions * 2 * inputs * tile.pixels));
    return {tile, tiles_of(rows, std::max(tiles_of(rows, most), packed ? std::min(rows, 2) : 1))};
}
}  // namespace detail

}  // namespace octet::kernels
