// How a wrong network is told to its author. The builder notes the first mistake; the moment a network is
// used, the matching struct below is instantiated with the layer and the shapes as its parameters, and its
// static_assert fails. So the compiler's text reads
//
//     in instantiation of 'struct octet::mistake::operands_differ_in_shape<octet::layer<Name{"layer2.0.add"}>,
//     octet::Shape{28, 28, 128}, octet::Shape{56, 56, 64}>' ... static assertion failed: octet: add: the two
//     operands must have the same shape (found, expected)
#pragma once

#include <cstddef>
#include <utility>

#include "fuse.hpp"
#include "lower.hpp"
#include "memory_plan.hpp"
#include "placement.hpp"

namespace octet {

namespace detail {
#if defined(__clang__)
// clang 14 prints a name among template arguments as a list of numbers, but characters as characters.
template <char...>
struct layer;
template <Name N, std::size_t... I>
layer<N.text[I]...> spell(std::index_sequence<I...>);
template <Name N>
using Label = decltype(spell<N>(std::make_index_sequence<N.length>{}));
#else
template <Name>
struct layer;
template <Name N>
using Label = layer<N>;
#endif
template <class>
inline constexpr bool never = false;
}  // namespace detail

/// One struct per mistake. `Layer` names the layer; `Found` and `Expected` are the shapes it is about.
namespace mistake {
template <class Layer, Shape Found, Shape Expected>
struct too_many_nodes {
    static_assert(detail::never<Layer>, "octet: the network has more than Graph::max_nodes operations");
};
template <class Layer, Shape Found, Shape Expected>
struct no_input {
    static_assert(detail::never<Layer>, "octet: the network must begin with input({height, width, channels})");
};
template <class Layer, Shape Found, Shape Expected>
struct two_inputs {
    static_assert(detail::never<Layer>, "octet: the network has a second input; exactly one is allowed");
};
template <class Layer, Shape Found, Shape Expected>
struct unnamed_layer {
    static_assert(detail::never<Layer>, "octet: a layer with weights needs the name it has in the weights file");
};
template <class Layer, Shape Found, Shape Expected>
struct duplicate_name {
    static_assert(detail::never<Layer>, "octet: two layers have the same name");
};
template <class Layer, Shape Found, Shape Expected>
struct not_a_value_of_this_graph {
    static_assert(detail::never<Layer>, "octet: an operand is not a value of this network");
};
template <class Layer, Shape Found, Shape Expected>
struct window_does_not_fit {
    static_assert(detail::never<Layer>, "octet: the window does not fit the padded input (found: the input; expected: at "
                                        "least this, the kernel)");
};
template <class Layer, Shape Found, Shape Expected>
struct no_output_channels {
    static_assert(detail::never<Layer>, "octet: the layer needs .out, the number of output channels");
};
template <class Layer, Shape Found, Shape Expected>
struct operands_differ_in_shape {
    static_assert(detail::never<Layer>, "octet: add: the two operands must have the same shape (found: the second; "
                                        "expected: the first)");
};
template <class Layer, Shape Found, Shape Expected>
struct linear_needs_flatten {
    static_assert(detail::never<Layer>, "octet: linear takes a vector: call flatten first (found: the input; expected: "
                                        "its flattened shape)");
};
template <class Layer, Shape Found, Shape Expected>
struct batch_norm_without_conv {
    static_assert(detail::never<Layer>, "octet: a batch norm must directly follow a conv2d whose result nothing else uses");
};
template <class Layer, Shape Found, Shape Expected>
struct unused_value {
    static_assert(detail::never<Layer>, "octet: nothing uses this layer's result; remove the layer or return its value");
};
}  // namespace mistake

namespace detail {
template <Mistake M, class L, Shape F, Shape E>
constexpr bool explain() {
    if constexpr (M == Mistake::too_many_nodes) return sizeof(mistake::too_many_nodes<L, F, E>) != 0;
    if constexpr (M == Mistake::no_input) return sizeof(mistake::no_input<L, F, E>) != 0;
    if constexpr (M == Mistake::two_inputs) return sizeof(mistake::two_inputs<L, F, E>) != 0;
    if constexpr (M == Mistake::unnamed_layer) return sizeof(mistake::unnamed_layer<L, F, E>) != 0;
    if constexpr (M == Mistake::duplicate_name) return sizeof(mistake::duplicate_name<L, F, E>) != 0;
    if constexpr (M == Mistake::not_a_value_of_this_graph)
        return sizeof(mistake::not_a_value_of_this_graph<L, F, E>) != 0;
    if constexpr (M == Mistake::window_does_not_fit) return sizeof(mistake::window_does_not_fit<L, F, E>) != 0;
    if constexpr (M == Mistake::no_output_channels) return sizeof(mistake::no_output_channels<L, F, E>) != 0;
    if constexpr (M == Mistake::operands_differ_in_shape)
        return sizeof(mistake::operands_differ_in_shape<L, F, E>) != 0;
    if constexpr (M == Mistake::linear_needs_flatten) return sizeof(mistake::linear_needs_flatten<L, F, E>) != 0;
    if constexpr (M == Mistake::batch_norm_without_conv)
        return sizeof(mistake::batch_norm_without_conv<L, F, E>) != 0;
    if constexpr (M == Mistake::unused_value) return sizeof(mistake::unused_value<L, F, E>) != 0;
    return true;
}

// Each pass runs once per network, however many layers ask.
template <class Net>
inline constexpr Graph written = Net::graph();
template <class Net>
inline constexpr Graph fused = fuse(written<Net>);
}  // namespace detail

/// The network's graph as written, checked.
template <class Net>
constexpr const Graph& graph_of() {
    constexpr Problem p = detail::fused<Net>.problem;
    static_assert(detail::explain<p.mistake, detail::Label<p.layer>, p.found, p.expected>());
    return detail::written<Net>;
}

/// The network's graph with batch norms and ReLUs fused, checked. Layers of reports are its nodes.
template <class Net>
constexpr const Graph& fused_graph_of() {
    (void)graph_of<Net>();
    return detail::fused<Net>;
}

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
