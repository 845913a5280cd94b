// Where observers sit. One watches the image, one each value that int8 layers make anew (conv2d, linear, add, mul);
// operations that only pass numbers on share the observer of what they read, and it sees their results too; cat gives
// its first operand's observer to the others - all as in PyTorch.
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
constexpr int first_reader(GraphView g, const QConfigOf& qconfig_of, int i) {
    for (int j = i + 1; j < g.count; ++j)
        for (const int input : g[j].inputs)
            if (input == i && qconfig_of[std::size_t(j)] >= 0) return qconfig_of[std::size_t(j)];
    return -1;
}
}  // namespace detail

/// The image has no qconfig of its own: it is quantized on its way in, under that of its first reader, unless a float
/// layer reads it.
constexpr QConfigOf decide_image(GraphView g, QConfigOf qconfig_of) {
    qconfig_of[0] = detail::first_reader(g, qconfig_of, 0);
    for (int j = 1; j < g.count; ++j)
        for (const int input : g[j].inputs)
            if (input == 0 && qconfig_of[std::size_t(j)] < 0) qconfig_of[0] = -1;
    return qconfig_of;
}

/// Observer placement for a fused graph.
constexpr Placement place_observers(GraphView g, const QConfigOf& qconfig_of) {
    // Observers by the node they were first put behind; -1: none.
    std::array<int, Graph::max_nodes> seen{}, scale{}, qconfig{};
    const auto passes_on = [&](int i) { return qconfig_of[std::size_t(i)] >= 0 && shares_qparams(g[i].op); };
    for (int i = 0; i < g.count; ++i) {
        const auto n = std::size_t(i);
        qconfig[n] = qconfig_of[n] >= 0 ? qconfig_of[n] : detail::first_reader(g, qconfig_of, i);
        seen[n] = qconfig[n] < 0 ? -1 : i;
        if (!passes_on(i)) continue;
        // A cat gives its first operand's observer to the others; one they already gave to others stays there.
        const int shared = seen[std::size_t(g[i].inputs[0])];
        for (const int input : g[i].inputs) seen[std::size_t(input)] = shared;
        seen[n] = shared;
    }
    // What passes numbers on keeps the scale it got, whoever sees its values: a pool among a cat's operands.
    for (int i = 0; i < g.count; ++i)
        scale[std::size_t(i)] = passes_on(i) ? scale[std::size_t(g[i].inputs[0])] : seen[std::size_t(i)];

    Placement p;
    std::array<int, Graph::max_nodes> number{};
    number.fill(-1);
    for (int i = 0; i < g.count; ++i) {
        const int root = scale[std::size_t(i)];
        p.observer[std::size_t(i)] = -1;
        if (root < 0) continue;
        int& observer = number[std::size_t(root)];
        if (observer < 0) {
            observer = p.count++;
            p.owner[std::size_t(observer)] = i;
            p.qconfig[std::size_t(observer)] = qconfig[std::size_t(root)];
        }
        p.observer[std::size_t(i)] = observer;
    }
    for (int i = 0; i < g.count; ++i) {
        const int root = seen[std::size_t(i)];
        p.seen_by[std::size_t(i)] = root < 0 ? -1 : number[std::size_t(root)];
    }
    return p;
}

/// The same where everything is int8.
constexpr Placement place_observers(GraphView g) { return place_observers(g, QConfigOf{}); }

}  // namespace octet
