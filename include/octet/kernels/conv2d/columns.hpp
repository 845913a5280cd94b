// Columns of the window that lie in the padding at the left and the right of an image. Where one register tile is a
// whole row of outputs, the compiler knows which of its pixels read which columns inside the image, and the others are
// skipped: 2 of 21 dots of a 3 x 3 window over rows of 7 pixels. (Elsewhere it would take a tile of its own for each
// end of a row.)
#pragma once

#include <algorithm>

#include "spec.hpp"
#include "tile.hpp"

namespace octet::kernels::detail {

// Which pixels of a tile read which columns of the window inside the image, where the tile is a whole row of outputs
// and each run is a column. `width` is the image's; 0: all pixels read all runs.
struct TileColumns {
    int stride = 1, dilation = 1, pad = 0, width = 0;

    // Pixels [first, last) of `pixels` for column `k`.
    constexpr int first(int k) const { return width == 0 ? 0 : pixel(0, k); }
    constexpr int last(int k, int pixels) const { return width == 0 ? pixels : std::min(pixel(width, k), pixels); }
    // Columns [first, last) of `count` for pixel `p`.
    constexpr int first_run(int p) const {
        return width == 0 ? 0 : std::max(pad - p * stride + dilation - 1, 0) / dilation;
    }
    constexpr int last_run(int p, int count) const {
        return width == 0 ? count : std::min(std::max(width + pad - p * stride + dilation - 1, 0) / dilation, count);
    }
    friend constexpr bool operator==(const TileColumns&, const TileColumns&) = default;

private:
    // The first pixel whose column `k` is not left of `x`.
    constexpr int pixel(int x, int k) const {
        const int distance = x + pad - k * dilation;
        return distance <= 0 ? 0 : (distance + stride - 1) / stride;
    }
};

// The register tile of a direct convolution.
template <class Dot>
constexpr TileChoice direct_tile(const ConvSpec& s) {
    return choose_tile<Dot>(s.output.shape.w, tiles_of(s.group_outputs(), Dot::lanes));
}

// Whether pixels skip the columns of the window that lie in the padding: where one tile is a whole row of outputs, and
// the window's columns are runs, or whole units and so might be.
template <class Dot>
constexpr bool skips_columns(const ConvSpec& s) {
    return s.window.kernel.w > 1 && (s.runs() > 1 || s.input.shape.c % Dot::unit == 0) &&
           s.window.pad.left + s.window.pad.right > 0 && direct_tile<Dot>(s).tile.pixels == s.output.shape.w;
}
// Runs of a row of the window: of such a layer its columns.
template <class Dot>
constexpr int direct_runs(const ConvSpec& s) {
    return skips_columns<Dot>(s) ? s.window.kernel.w : s.runs();
}

// Which pixels read which columns.
template <class Dot>
constexpr TileColumns tile_columns(const ConvSpec& s) {
    if (!skips_columns<Dot>(s)) return {};
    return {s.window.stride.w, s.window.dilation.w, s.window.pad.left, s.input.shape.w};
}
// The share of the dots that is left.
template <class Dot>
constexpr double columns_share(const ConvSpec& s) {
    const TileColumns columns = tile_columns<Dot>(s);
    int inside = 0;
    const int runs = direct_runs<Dot>(s), width = s.output.shape.w;
    for (int k = 0; k < runs; ++k) inside += std::max(columns.last(k, width) - columns.first(k), 0);
    return double(inside) / (runs * width);
}

}  // namespace octet::kernels::detail
