// Which algorithm computes a convolution: decided by the compiler, from the spec, the architecture and a policy of the
// user's. The default, `fastest`, compares what the algorithms cost by this model, in quarters of a cycle (tile.hpp):
//
//     direct    = window rows inside the image * steps of a row * cost of the tiles of a row of outputs
//     products  = 36 * steps * cost of the matrix products' tiles
//     Winograd  = tiles * ( vectors of inputs * 460 + vectors of outputs * 660 )
//               + max( products, reading the transformed weights )                       if transformed when packed, or
//               + products + blocks of tiles * vectors of weights * 180                  if when used
//
// 460 and 660 are the transforms of inputs and outputs, 230 and 330 instructions, 180 that of weights. The third level
// of a cache supplies 16 bytes of weights in a cycle to one core; more than 8 MB come from memory, 4 bytes in a cycle.
// docs/performance.md compares the model with what was measured.
//
// Weights transformed when packed are 8 times as large. Where that is more than 2 MB it must save a tenth of the time,
// or weights are transformed when used: so they are where there are few tiles. Whoever wants the smallest program says
// kernels::direct:
//
//     octet::QuantizedModel<Net, octet::qconfig::x86, octet::arch::best, octet::kernels::direct>
#pragma once

#include "tile.hpp"
#include "winograd.hpp"

namespace octet::kernels {

/// What a convolution of a whole batch costs by either algorithm, in the model's units.
struct ConvCosts {
    double direct = 0;
    double winograd = 0;
};

/// The cost of DirectConv2d.
template <class Dot>
constexpr double direct_cost(const ConvSpec& s) {
    const int vectors = (s.group_outputs() + Dot::lanes - 1) / Dot::lanes;
    const int steps = s.runs() * ((s.run_elements() + Dot::unit - 1) / Dot::unit);
    int rows = 0;
    for (int y = 0; y < s.output.shape.h; ++y) {
        const int top = y * s.window.stride.h - s.window.pad.top;
        rows += std::max(s.last_row(top) - s.first_row(top), 0);
    }
    return double(s.images) * s.groups * rows * steps * choose_tile<Dot>(s.output.shape.w, vectors).cost;
}

/// The cost of WinogradConv2d. `Dot` is an int16_dot.
template <class Dot>
constexpr double winograd_cost(const ConvSpec& s, TransformWeights when) {
    const int vectors = (s.channels() + Dot::lanes - 1) / Dot::lanes;
    const int tiles = s.images * tiles_of(s.output.shape.w, 4) * tiles_of(s.output.shape.h, 4);
    const int inputs = WinogradLayout{{.run_elements = s.input.shape.c, .lanes = Dot::lanes}}.inputs();
    const TileChoice choice = choose_tile<Dot>(tiles, vectors, true);
    const double products = 36.0 * (inputs / Dot::unit) * choice.cost;
    const double transforms = tiles * (inputs / (2.0 * Dot::lanes) * 460 + vectors * 660);
    if (when == TransformWeights::when_packed) {
        const double bytes = 36.0 * 2 * inputs * vectors * Dot::lanes;
        return transforms + std::max(products, bytes > 8e6 ? bytes : bytes / 4);
    }
    const int blocks = detail::winograd_grouping<Dot>(tiles, inputs, vectors, when).blocks(tiles);
    return transforms + products + double(blocks) * inputs * vectors / 2 * 180;
}

/// The better time to transform a layer's weights. (A tile of few channels may be no whole vector of shorts.)
template <class Dot>
constexpr TransformWeights transform_weights_of(const ConvSpec& s) {
    using enum TransformWeights;
    const int vectors = (s.channels() + Dot::lanes - 1) / Dot::lanes;
    const int tiles = s.images * tiles_of(s.output.shape.w, 4) * tiles_of(s.output.shape.h, 4);
    const bool possible = choose_tile<Dot>(tiles, vectors, true).tile.vectors * Dot::unit % 2 == 0;
    const double worth = 72.0 * s.input.shape.c * s.channels() > 2e6 ? 1.1 : 1;
    return possible && winograd_cost<Dot>(s, when_used) < worth * winograd_cost<Dot>(s, when_packed) ? when_used
                                                                                                     : when_packed;
}
template <class Dot>
constexpr double winograd_cost(const ConvSpec& s) {
    return winograd_cost<Dot>(s, transform_weights_of<Dot>(s));
}

/// The fastest algorithm by the model: the default. Winograd must save a tenth, since it takes more memory.
struct fastest {
    static constexpr const char* name = "fastest";
    /// Asked for each int8 convolution that Winograd can compute: whether it should.
    static constexpr bool use_winograd(const ConvSpec&, const ConvCosts& cost) {
        return cost.winograd < 0.9 * cost.direct;
    }
};

/// The most images in a second, where up to `Images` are at hand: those layers whose transformed weights are too large
/// to read them for one image compute all images together, and so use Winograd as well (model/throughput.hpp).
template <int Images>
struct throughput : fastest {
    static constexpr const char* name = "throughput";
    static constexpr int images = Images;
};

/// Direct convolution everywhere: the smallest program.
struct direct {
    static constexpr const char* name = "direct";
    static constexpr bool use_winograd(const ConvSpec&, const ConvCosts&) { return false; }
};

/// Winograd wherever it is possible.
struct winograd {
    static constexpr const char* name = "winograd";
    static constexpr bool use_winograd(const ConvSpec&, const ConvCosts&) { return true; }
};

}  // namespace octet::kernels
