// The tiles of a block, and where their numbers lie: tiles cut to 3 outputs lack some positions, so there each position
// has a dense matrix of the tiles that have it.
#pragma once

#include <cstddef>
#include <cstring>

#include "winograd_grouping.hpp"
#include "winograd_transform.hpp"

namespace octet::kernels::detail {

// Where the 36 numbers of a tile are, [position][tile][channel]. A position that cut tiles lack has fewer tiles than
// others, so each tile has a place of its own among those that have row 4, column 4, both, or neither.
template <class T>
struct TilePlaces {
    T* place[2][2];         // of channel 0 at position 0, where positions are [in row 4][in column 4]
    std::ptrdiff_t stride;  // from one position to the next

    T* at(int row, int column) const {
        return place[row == winograd_cut][column == winograd_cut] + (row * 6 + column) * stride;
    }
};

// A tile of a block: its image, where its outputs begin there and how many there are, and its place among the tiles
// that have row 4, column 4, both, or neither.
struct BlockTile {
    int image, y, x, h, w, places[2][2];

    template <class T>
    TilePlaces<T> in(T* first, std::ptrdiff_t stride, int size) const {
        const auto place = [&](int row, int column) { return first + std::ptrdiff_t(places[row][column]) * size; };
        return {{{place(0, 0), place(0, 1)}, {place(1, 0), place(1, 1)}}, stride};
    }
};

template <int Most>
struct BlockTiles {
    BlockTile tile[Most];
    int counts[2][2];  // of tiles with these places

    // Tiles [first, first + count) of images whose sides are cut into tiles as `rows` and `columns` say.
    void place(WinogradSide rows, WinogradSide columns, int first, int count) {
        std::memset(counts, 0, sizeof counts);
        const int tiles = rows.tiles() * columns.tiles();
        for (int t = 0; t < count; ++t) {
            const int in_image = (first + t) % tiles, row = in_image / columns.tiles(),
                      column = in_image % columns.tiles();
            BlockTile& b = tile[t];
            b = {(first + t) / tiles, rows.first(row), columns.first(column), rows.size(row), columns.size(column), {}};
            for (const int has_row : {0, 1})
                for (const int has_column : {0, 1}) {
                    const bool has = b.h >= 3 + has_row && b.w >= 3 + has_column;
                    b.places[has_row][has_column] = counts[has_row][has_column];
                    counts[has_row][has_column] += has ? 1 : 0;
                }
        }
    }
    // How many tiles have position `p`.
    int count_at(int p) const { return counts[p / 6 == winograd_cut][p % 6 == winograd_cut]; }
};

}  // namespace octet::kernels::detail
