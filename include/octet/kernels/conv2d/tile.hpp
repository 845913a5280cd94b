// Register tiles: `pixels` x `vectors` accumulators that stay in registers while a kernel runs over its steps. Chosen
// by the compiler, from a model of what a step costs.
#pragma once

#include <algorithm>

#include "../dot.hpp"

namespace octet::kernels {

/// `pixels` neighbouring outputs of one row times `vectors` vectors of output channels.
struct Tile {
    int pixels = 1;
    int vectors = 1;
    friend constexpr bool operator==(const Tile&, const Tile&) = default;
};

/// What one step of a tile costs, in quarters of a cycle: its dots, half of what it takes to load its operands, since
/// that goes on beside them, and one cycle for the loop.
template <class Dot>
constexpr int step_cost(Tile t) {
    constexpr DotCost c = Dot::cost;
    return 2 * c.dot * t.pixels * t.vectors + c.broadcast * t.pixels + c.load * t.vectors + 4;
}

/// Rows of `width` pixels are cut evenly, as 15 pixels, at most 14 in a tile, make 8 + 7.
constexpr int tiles_of(int width, int most) { return (width + most - 1) / most; }

/// A tile, and what one step of it costs over a whole row of outputs and all vectors of channels.
struct TileChoice {
    Tile tile{};
    int cost = 0;
};

/// The cheapest tile for rows of `width` pixels and `vectors` vectors of channels, of those an architecture has
/// registers for; the larger one on a tie. With `whole`, the number of vectors is a multiple of the tile's, and a last
/// tile is computed whole: then 16 pixels, at most 6 in a tile, make 4 x 4 rather than 3 x 6.
template <class Dot>
constexpr TileChoice choose_tile(int width, int vectors, bool whole = false) {
    TileChoice best{};
    for (int n = 1; n <= 4; n *= 2) {
        const int most = Dot::pixels(n);
        if (most == 0 || n > std::max(vectors, 1) || (whole && vectors % n != 0)) continue;
        const int blocks = (vectors + n - 1) / n, least = tiles_of(width, most);
        for (const int tiles : {least + 1, least}) {
            const int m = tiles_of(width, tiles), rest = width - (tiles - 1) * m;
            if (rest <= 0) continue;
            const int cost = blocks * ((tiles - 1) * step_cost<Dot>({m, n}) + step_cost<Dot>({whole ? m : rest, n}));
            if (best.cost == 0 || cost <= best.cost) best = {{m, n}, cost};
        }
    }
    return best;
}

}  // namespace octet::kernels
