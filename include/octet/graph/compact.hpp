// What passes that merge nodes share: the graph that is left, with every reference renumbered.
#pragma once

#include "graph.hpp"

namespace octet {

/// The graph without its dropped nodes. `stand_in[i]` is the node that takes node i's place; i itself where
/// it stays.
constexpr Graph compact(const Graph& g, const std::array<int, Graph::max_nodes>& stand_in) {
    Graph out;
    out.problem = g.problem;
    std::array<int, Graph::max_nodes> number{};
    for (int i = 0; i < g.count; ++i) {
        if (stand_in[std::size_t(i)] != i) {
            number[std::size_t(i)] = number[std::size_t(stand_in[std::size_t(i)])];
            continue;
        }
        Node n = g[i];
        for (int& input : n.inputs) input = number[std::size_t(input)];
        number[std::size_t(i)] = out.count;
        out[out.count++] = n;
    }
    if (g.output >= 0) out.output = number[std::size_t(g.output)];
    return out;
}

}  // namespace octet
