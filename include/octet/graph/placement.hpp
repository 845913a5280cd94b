// Where observers sit: one on the image, one behind every operation that makes new numbers (conv2d, linear,
// add), none of their own behind operations that pass numbers on - those share the observer of what they
// read, and it sees their results too, as PyTorch's does.
#pragma once

#include "graph.hpp"

namespace octet {

/// Which observer watches which node of a fused graph.
struct Placement {
    std::array<int, Graph::max_nodes> observer{};  ///< by node
    std::array<int, Graph::max_nodes> owner{};     ///< by observer: the node it is named after
    int count = 0;
};

/// Observer placement for a fused graph.
constexpr Placement place_observers(const Graph& g) {
    Placement p;
    for (int i = 0; i < g.count; ++i) {
        if (shares_qparams(g[i].op)) {
            p.observer[std::size_t(i)] = p.observer[std::size_t(g[i].inputs[0])];
        } else {
            p.owner[std::size_t(p.count)] = i;
            p.observer[std::size_t(i)] = p.count++;
        }
    }
    return p;
}

}  // namespace octet
