// How a wrong network is told to its author. The builder notes the first mistake; the moment a network is
// used, the matching specialization below is instantiated with the layer and the shapes as its parameters, and
// its static_assert fails. So the compiler's text reads
//
//     in instantiation of 'struct octet::wrong_network<octet::Mistake::operands_differ_in_shape,
//     octet::layer<Name{"layer2.0.add"}>, octet::Shape{28, 28, 128}, octet::Shape{56, 56, 64}>' ...
//     static assertion failed: octet: add: the two operands must have the same shape (found, expected)
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include "../core/utility.hpp"
#include "fuse.hpp"

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
}  // namespace detail

/// One specialization per mistake; instantiating it is the message. `Layer` names the layer, `Found` and `Expected`
/// are the shapes it is about.
template <Mistake, class Layer, Shape Found, Shape Expected>
struct wrong_network {};

template <class L, Shape F, Shape E>
struct wrong_network<Mistake::too_many_nodes, L, F, E> {
    static_assert(detail::never<L>, "octet: the network has more than Graph::max_nodes operations");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::too_many_operands, L, F, E> {
    static_assert(detail::never<L>, "octet: cat joins at most Operands::most values; join some of them first");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::nothing_to_join, L, F, E> {
    static_assert(detail::never<L>, "octet: cat needs at least one value");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::empty_range, L, F, E> {
    static_assert(detail::never<L>, "octet: clamp needs a lower bound below the upper one");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::groups_do_not_divide, L, F, E> {
    static_assert(
        detail::never<L>,
        "octet: groups must divide the input channels and .out (found: the input; expected: channels in groups "
        "of)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::no_input, L, F, E> {
    static_assert(detail::never<L>, "octet: the network must begin with input({height, width, channels})");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::two_inputs, L, F, E> {
    static_assert(detail::never<L>, "octet: the network has a second input; exactly one is allowed");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::unnamed_layer, L, F, E> {
    static_assert(detail::never<L>, "octet: a layer with weights needs the name it has in the weights file");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::duplicate_name, L, F, E> {
    static_assert(detail::never<L>, "octet: two layers have the same name");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::not_a_value_of_this_graph, L, F, E> {
    static_assert(detail::never<L>, "octet: an operand is not a value of this network");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::empty_input, L, F, E> {
    static_assert(detail::never<L>, "octet: the input must have at least one row, column and channel");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::impossible_window, L, F, E> {
    static_assert(detail::never<L>, "octet: kernel, stride and dilation must be at least 1, and padding at least 0");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::pool_padding_too_large, L, F, E> {
    static_assert(detail::never<L>,
                  "octet: a pool may be padded by at most half its kernel (found: the input; "
                  "expected: at most this padding)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::window_overflows, L, F, E> {
    static_assert(detail::never<L>,
                  "octet: a sum over so many products may not fit 32 bits (found: the window; expected: "
                  "at most so many elements)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::window_does_not_fit, L, F, E> {
    static_assert(detail::never<L>,
                  "octet: the window does not fit the padded input (found: the input; expected: at "
                  "least this, the kernel)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::no_output_channels, L, F, E> {
    static_assert(detail::never<L>, "octet: the layer needs .out, the number of output channels");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::operands_differ_in_shape, L, F, E> {
    static_assert(
        detail::never<L>,
        "octet: operands of add and mul must have the same shape, those of cat the same height and width (found: the "
        "later; expected: the first)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::linear_needs_flatten, L, F, E> {
    static_assert(detail::never<L>,
                  "octet: linear takes a vector: call flatten first (found: the input; expected: "
                  "its flattened shape)");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::batch_norm_without_conv, L, F, E> {
    static_assert(detail::never<L>,
                  "octet: a batch norm must directly follow a conv2d whose result nothing else "
                  "uses");
};
template <class L, Shape F, Shape E>
struct wrong_network<Mistake::unused_value, L, F, E> {
    static_assert(detail::never<L>, "octet: nothing uses this layer's result; remove the layer or return its value");
};

namespace detail {
template <Mistake M, class Layer, Shape Found, Shape Expected>
constexpr bool explain() {
    return sizeof(wrong_network<M, Layer, Found, Expected>) != 0;
}

template <class Net>
concept Network = requires {
    { Net::graph() } -> std::same_as<Graph>;
};

// Each pass runs once per network, however many layers ask.
template <class Net>
inline constexpr Graph written = [] {
    static_assert(Network<Net>,
                  "octet: a network has a static constexpr function graph() that returns net.finish(...)");
    if constexpr (Network<Net>) return Net::graph();
    return Graph{};
}();
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

}  // namespace octet
