// PyTorch's fusion for inference, as rules on a graph:
//
//     conv2d     + batch_norm -> conv2d        (weights folded when the model is prepared)
//     conv2d     + relu       -> conv2d relu
//     linear     + relu       -> linear relu
//     add, mul   + relu       -> add relu, mul relu
//
// Longest match wins, so conv2d + batch_norm + relu becomes one node; and, as in torch.ao.quantization,
// every inner node must have exactly one user.
#pragma once

#include "compact.hpp"

namespace octet {

/// Folds batch norms and ReLUs into the nodes before them. Each node's `source` is its number in `g`, its `layer` its
/// own.
constexpr Graph fuse(Graph g) {
    std::array<int, Graph::max_nodes> stand_in{};
    for (int i = 0; i < g.count; ++i) {
        stand_in[std::size_t(i)] = i;
        Node& n = g[i];
        n.source = i;
        if (n.op != Op::batch_norm && n.op != Op::relu) continue;

        const int root = stand_in[std::size_t(n.inputs[0])];
        const bool only_user = g.uses(n.inputs[0]) == 1;
        Node& before = g[root];
        if (n.op == Op::batch_norm) {
            if (before.op == Op::conv2d && only_user && before.batch_norm < 0 && !before.relu) {
                before.batch_norm = i;
                stand_in[std::size_t(i)] = root;
            } else if (g.problem.mistake == Mistake::none) {
                g.problem = {Mistake::batch_norm_without_conv, n.name, n.shape, {}};
            }
        } else if (only_user && (has_weights(before.op) || before.op == Op::add || before.op == Op::mul)) {
            before.relu = true;
            stand_in[std::size_t(i)] = root;
        }
    }
    g = compact(g, stand_in);
    for (int i = 0; i < g.count; ++i) g[i].layer = g[i].result = i;
    return g;
}

}  // namespace octet
