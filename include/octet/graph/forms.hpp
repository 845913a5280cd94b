// The forms of a network that the rest of octet works on, each computed once by the compiler and named by a type:
// where its observers sit, its fused layers, and what a forward pass runs.
#pragma once

#include "lower.hpp"
#include "placement.hpp"
#include "verify.hpp"

namespace octet {

/// Observer placement on the fused graph.
template <class Net>
struct Placed {
    static constexpr Placement placement = place_observers(fused_graph_of<Net>());
};

namespace detail {
template <class Net>
inline constexpr Graph lowered = lower(fused_graph_of<Net>());
}  // namespace detail

/// A network one fused layer at a time: what is calibrated, compared and reported.
template <class Net>
struct Fused {
    static constexpr const Graph& graph = fused_graph_of<Net>();
    /// The fused layer whose weights node i has, and the fused layer whose result it makes.
    static constexpr int layer_of(int i) { return i; }
    static constexpr int result_of(int i) { return i; }
};

/// A network as a forward pass runs it: residual additions inside convolutions. The same integers.
template <class Net>
struct Lowered {
    static constexpr const Graph& graph = detail::lowered<Net>;
    static constexpr int layer_of(int i) { return graph[i].source; }
    static constexpr int result_of(int i) { return graph[i].residual_of >= 0 ? graph[i].residual_of : graph[i].source; }
};

}  // namespace octet
