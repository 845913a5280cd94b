// PyTorch's fusion for inference, as rules on a graph:
//
//     conv2d     + batch_norm -> conv2d        (weights folded when the model is prepared)
//     conv2d     + relu       -> conv2d relu
//     linear     + relu       -> linear relu
//     add        + relu       -> add relu
//
// Longest match wins, so conv2d + batch_norm + relu becomes one node; and, as in torch.ao.quantization,
// every inner node must have exactly one user.
#pragma once

#include "compact.hpp"

namespace octet {

/// Folds batch norms and ReLUs into the nodes before them. Each node's `source` is its number in `g`.
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
        } else if (only_user && (before.op == Op::conv2d || before.op == Op::linear || before.op == Op::add)) {
            before.relu = true;
            stand_in[std::size_t(i)] = root;
        }
    }
    return compact(g, stand_in);
}

}  // namespace octet
