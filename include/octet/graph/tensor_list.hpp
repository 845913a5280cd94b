// The tensors a network's weights file must have, with PyTorch's state_dict names and shapes: worked out from
// the graph by the compiler, so that loading is a loop over a table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "graph.hpp"

namespace octet {

/// One tensor of the file and where its floats lie in a FloatModel.
struct TensorSlot {
    Name name{};
    std::array<std::int64_t, 4> shape{};
    std::size_t rank = 0;
    std::size_t offset = 0;  ///< in floats
    std::size_t size = 0;    ///< in floats
    int node = -1;           ///< of the graph as written
};

/// All tensors of a graph, in its order; `first[node]` is the first one of a node.
template <std::size_t Tensors, std::size_t Nodes>
struct TensorTable {
    std::array<TensorSlot, Tensors> slots{};
    std::array<int, Nodes> first{};
    int count = 0;
    std::size_t floats = 0;
};

/// The same of any graph.
struct TensorList : TensorTable<std::size_t(Graph::max_nodes) * 2, Graph::max_nodes> {
    /// As large as it must be: what a program has in memory.
    template <std::size_t Tensors, std::size_t Nodes>
    constexpr TensorTable<Tensors, Nodes> cut() const {
        TensorTable<Tensors, Nodes> t{{}, {}, count, floats};
        std::copy_n(slots.begin(), Tensors, t.slots.begin());
        std::copy_n(first.begin(), Nodes, t.first.begin());
        return t;
    }

    constexpr void push(int node, Name name, std::array<std::int64_t, 4> shape, std::size_t rank) {
        std::size_t size = 1;
        for (std::size_t d = 0; d < rank; ++d) size *= std::size_t(shape[d]);
        slots[std::size_t(count++)] = {name, shape, rank, floats, size, node};
        floats += size;
    }
};

/// The tensors of a graph as written: conv2d and linear have weight (and bias), batch_norm has weight, bias,
/// running_mean and running_var, in this order.
constexpr TensorList list_tensors(GraphView g) {
    TensorList list;
    for (int i = 0; i < g.count; ++i) {
        const Node& n = g[i];
        list.first[std::size_t(i)] = list.count;
        const std::int64_t out = n.shape.c;
        if (n.op == Op::conv2d)
            list.push(i, n.name + ".weight",
                      {out, g[n.inputs[0]].shape.c / n.groups, n.window.kernel.h, n.window.kernel.w}, 4);
        if (n.op == Op::linear) list.push(i, n.name + ".weight", {out, g[n.inputs[0]].shape.c}, 2);
        if (has_weights(n.op) && n.bias) list.push(i, n.name + ".bias", {out}, 1);
        if (n.op == Op::batch_norm)
            for (const char* suffix : {".weight", ".bias", ".running_mean", ".running_var"})
                list.push(i, n.name + suffix, {out}, 1);
    }
    return list;
}

}  // namespace octet
