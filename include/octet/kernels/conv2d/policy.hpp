// Which algorithm computes a convolution: decided by the compiler, from the spec, the architecture and a policy of the
// user's. The default, `fastest`, compares what the algorithms cost by this model, in quarters of a cycle (tile.hpp):
//
//     direct    = window rows inside the image * steps of a row * cost of the tiles of a row of outputs
//                 * share of columns that are not skipped
//     products  = 36 * steps * cost of the matrix products' tiles * share of products that cut tiles have
//     Winograd  = tiles * ( vectors of inputs * 460 + vectors of outputs * 660 ) + products
//               + reading the transformed weights                               if transformed when packed, or
//               + blocks of tiles * vectors of weights * 300                    if when used
//
// 460 and 660 are the transforms of inputs and outputs, 230 and 330 instructions, 300 that of weights. The third level
// of a cache supplies 16 bytes of weights in a cycle to one core; more than 8 MB come from memory, 4 bytes in a cycle.
// A processor does little of that beside the products: a layer measured alone, its weights in the second level,
// misleads. docs/performance.md compares the model with what was measured.
//
// Weights transformed when packed are 8 times as large. Where that is more than 2 MB it must save a tenth of the time,
// or weights are transformed when used: so they are where there are few tiles. Whoever wants the least code and scratch
// memory says kernels::direct:
//
//     octet::QuantizedModel<Net, octet::qconfig::x86, octet::arch::best, octet::kernels::direct>
#pragma once

#include "columns.hpp"
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
    const int steps = s.runs() * ((s.run_elements() + Dot::unit - 1) / Dot::unit);
    return double(s.images) * s.groups * s.inside_rows() * steps * detail::direct_tile<Dot>(s).cost *
           detail::columns_share<Dot>(s);
}

/// The cost of WinogradConv2d. `Dot` is an int16_dot.
template <class Dot>
constexpr double winograd_cost(const ConvSpec& s, TransformWeights when) {
    const WinogradSizes n = winograd_sizes<Dot>(s);
    const double products =
        double(n.products) / n.tiles * (n.inputs / Dot::unit) * choose_tile<Dot>(n.tiles, n.vectors, true).cost;
    const double transforms = n.tiles * (n.inputs / (2.0 * Dot::lanes) * 460 + n.vectors * 660);
    if (when == TransformWeights::when_packed) {
        const double bytes = 36.0 * 2 * n.inputs * n.vectors * Dot::lanes;
        return transforms + products + (bytes > 8e6 ? bytes : bytes / 4);
    }
    const int blocks = detail::winograd_grouping<Dot>(n, when).blocks(n.tiles);
    return transforms + products + blocks * (n.inputs / 2.0) * n.vectors * 300;
}

/// When WinogradConv2d should transform a layer's weights.
template <class Dot>
constexpr TransformWeights transform_weights_of(const ConvSpec& s) {
    using enum TransformWeights;
    const double worth = 36.0 * 2 * s.input.shape.c * s.channels() > 2e6 ? 1.1 : 1;
    const bool used = winograd_cost<Dot>(s, when_used) < worth * winograd_cost<Dot>(s, when_packed);
    return used && can_transform_when_used<Dot>(s) ? when_used : when_packed;
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

/// Direct convolution everywhere: the least code and scratch memory.
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
