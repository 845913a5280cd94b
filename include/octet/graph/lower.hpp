// The last step before kernels: a residual addition moves into the epilogue of the convolution that
// computes its later operand, so that the sum is formed while the tile is still in registers.
//
// This changes no integer: the convolution's result is still rounded to its own scale first, as PyTorch
// rounds it, and only then added.
#pragma once

#include "compact.hpp"

namespace octet {

/// Moves `add(conv2d, x)` into the conv2d where the convolution has no other user and runs last; the node
/// then reads {input, x} and `residual_of` is the add's number in `g`, `source` the convolution's own.
constexpr Graph lower(Graph g) {
    std::array<int, Graph::max_nodes> stand_in{};
    for (int i = 0; i < g.count; ++i) {
        stand_in[std::size_t(i)] = i;
        g[i].source = i;
        g[i].residual_of = -1;
        if (g[i].op != Op::add) continue;
        const int late = g[i].inputs[0] > g[i].inputs[1] ? g[i].inputs[0] : g[i].inputs[1];
        const int early = g[i].inputs[0] + g[i].inputs[1] - late;
        // The earlier operand exists when the convolution runs, so the sum may be formed there and then.
        if (late == early || g[late].op != Op::conv2d || g[late].residual_of >= 0 || g.uses(late) != 1) continue;
        g[late].inputs[1] = early;
        g[late].residual_of = i;
        g[late].residual_relu = g[i].relu;
        stand_in[std::size_t(i)] = late;
    }
    return compact(g, stand_in);
}

}  // namespace octet
