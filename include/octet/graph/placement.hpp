// Where observers sit. One watches the image, one each value that int8 layers make anew (conv2d, linear, add, mul);
// operations that only pass numbers on share the observer of what they read, and it sees their results too; cat makes
// all its operands share one - all as in PyTorch.
//
// A layer whose qconfig is none stays in float. Its result is observed only where an int8 layer reads it, with
// that layer's qconfig.
#pragma once

#include "graph.hpp"

namespace octet {

/// By fused layer, which of a mapping's qconfigs quantizes it; -1: none, it stays in float.
using QConfigOf = std::array<int, Graph::max_nodes>;

/// Which observer watches which node of a fused graph.
struct Placement {
    std::array<int, Graph::max_nodes> observer{};  ///< by node: whose scale it has; -1: none, it is float
    std::array<int, Graph::max_nodes> seen_by{};   ///< by node: who sees its values in calibration; -1: nobody
    std::array<int, Graph::max_nodes> owner{};     ///< by observer: the first node it watches, which it is named after
    std::array<int, Graph::max_nodes> qconfig{};   ///< by observer: whose activation observer it is
    int count = 0;
};

namespace detail {
// The qconfig of the first int8 layer that reads node i; -1 if there is none.
constexpr int first_reader(const Graph& g, const QConfigOf& qconfig_of, int i) {
    for (int j = i + 1; j < g.count; ++j)
        for (const int input : g[j].inputs)
            if (input == i && qconfig_of[std::size_t(j)] >= 0) return qconfig_of[std::size_t(j)];
    return -1;
}
}  // namespace detail

/// Observer placement for a fused graph.
constexpr Placement place_observers(const Graph& g, const QConfigOf& qconfig_of) {
    std::array<int, Graph::max_nodes> watched{};  // by node: the node that its observer is named after, -1: none
    std::array<int, Graph::max_nodes> seen{}, qconfig{};
    seen.fill(-1);
    const auto root = [&](int i) {
        while (i >= 0 && watched[std::size_t(i)] != i) i = watched[std::size_t(i)];
        return i;
    };
    for (int i = 0; i < g.count; ++i) {
        const auto n = std::size_t(i);
        const bool quantized = qconfig_of[n] >= 0 && g[i].op != Op::input;
        qconfig[n] = quantized ? qconfig_of[n] : detail::first_reader(g, qconfig_of, i);
        watched[n] = qconfig[n] < 0 ? -1 : i;
        if (!quantized || !shares_qparams(g[i].op)) continue;
        const int shared = root(watched[std::size_t(g[i].inputs[0])]);
        // The other operands of a cat move to the first one's observer. What passes numbers on, a pool for instance,
        // cannot: it keeps the scale it got, and the shared observer sees its values only.
        for (const int input : g[i].inputs) {
            seen[std::size_t(input)] = shared;
            if (g[input].op == Op::input || !shares_qparams(g[input].op) || qconfig_of[std::size_t(input)] < 0)
                watched[std::size_t(input)] = shared;
        }
        watched[n] = shared;
    }
    Placement p;
    std::array<int, Graph::max_nodes> number{};
    number.fill(-1);
    for (int i = 0; i < g.count; ++i) {
        const int watch = root(watched[std::size_t(i)]);
        p.observer[std::size_t(i)] = p.seen_by[std::size_t(i)] = -1;
        if (watch < 0) continue;
        int& observer = number[std::size_t(watch)];
        if (observer < 0) {
            observer = p.count++;
            p.owner[std::size_t(observer)] = i;
            p.qconfig[std::size_t(observer)] = qconfig[std::size_t(watch)];
        }
        p.observer[std::size_t(i)] = observer;
    }
    for (int i = 0; i < g.count; ++i) {
        const int other = root(seen[std::size_t(i)]);
        p.seen_by[std::size_t(i)] = other >= 0 ? number[std::size_t(other)] : p.observer[std::size_t(i)];
    }
    return p;
}

/// The same where everything is int8.
constexpr Placement place_observers(const Graph& g) { return place_observers(g, QConfigOf{}); }

}  // namespace octet
