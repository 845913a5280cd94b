// The last step before kernels: what follows a convolution moves into its epilogue, so that it is done before anything
// is stored.
//
//     conv2d, linear  + clamp        ->  conv2d, linear: clamped before they are stored
//     conv2d          + add (+ relu) ->  conv2d: the other operand is added in the epilogue
//
// This changes no integer: the convolution's result is still rounded to its own scale first, as PyTorch rounds
// it, and only then clamped and added.
#pragma once

#include "compact.hpp"

namespace octet {

/// Moves clamps and additions into convolutions that nothing else reads. (Both have the convolution's precision:
/// between others stands a cast.) A convolution that took an addition up runs in its place, reads {input, other
/// operand}, and makes the addition's `result` with its own `layer`.
constexpr Graph lower(Graph g) {
    std::array<int, Graph::max_nodes> stand_in{};
    for (int i = 0; i < g.count; ++i) {
        stand_in[std::size_t(i)] = i;
        Node& n = g[i];
        if (n.op == Op::clamp) {
            Node& before = g[n.inputs[0]];
            if (!has_weights(before.op) || g.uses(n.inputs[0]) != 1) continue;
            before.clamped = true;
            before.low = n.low;
            before.high = n.high;
            before.result = n.result;
            stand_in[std::size_t(i)] = n.inputs[0];
        } else if (n.op == Op::add) {
            const int second = n.inputs[0] > n.inputs[1] ? n.inputs[0] : n.inputs[1];
            const int first = n.inputs[0] + n.inputs[1] - second;
            const int late = stand_in[std::size_t(second)];
            // The earlier operand exists when the convolution runs, so the sum may be formed there and then.
            if (first >= late || g[late].op != Op::conv2d || g[late].residual || g.uses(second) != 1) continue;
            g[late].inputs = {g[late].inputs[0], first};
            g[late].residual = true;
            g[late].residual_relu = n.relu;
            g[late].result = n.result;
            stand_in[std::size_t(i)] = late;
        }
    }
    return compact(g, stand_in);
}

}  // namespace octet
