// What a network is: a list of nodes in the order they run. A Graph is an ordinary constexpr value; the
// passes beside this header are ordinary constexpr functions from Graph to Graph. Networks are passed
// around as types (anything with a static `graph()`), so that symbols and messages stay short.
#pragma once

#include <array>
#include <cstdint>

#include "../core/name.hpp"
#include "../core/shape.hpp"

namespace octet {

/// What a node does.
enum class Op : std::uint8_t {
    input,
    conv2d,
    batch_norm,
    relu,
    max_pool,
    global_avg_pool,
    flatten,
    add,
    linear,
};

/// One operation and the shape of the value it makes.
struct Node {
    Op op = Op::input;
    Name name{};                        ///< PyTorch's module path where the node has weights
    std::array<int, 2> inputs{-1, -1};  ///< the values it reads, as node numbers; -1: none
    Shape shape{};                      ///< of its result
    Window window{};                    ///< conv2d, max_pool
    bool bias = false;                  ///< conv2d, linear: the file has a bias
    float eps = 0.0f;                   ///< batch_norm
    bool relu = false;                  ///< a ReLU was fused behind it
    int source = -1;                    ///< after a pass: this node's number in the graph the pass read
    int batch_norm = -1;                ///< after fuse(): the folded batch norm's number in the source graph
    int residual_of = -1;               ///< after lower(): the fused add's number in the source graph
    bool residual_relu = false;         ///< after lower(): that add had a ReLU
};

/// What can be wrong with a graph; verify.hpp turns each into a message.
enum class Mistake : std::uint8_t {
    none,
    too_many_nodes,
    no_input,
    two_inputs,
    unnamed_layer,
    duplicate_name,
    not_a_value_of_this_graph,
    empty_input,
    impossible_window,
    pool_padding_too_large,
    window_does_not_fit,
    window_overflows,
    no_output_channels,
    operands_differ_in_shape,
    linear_needs_flatten,
    batch_norm_without_conv,
    unused_value,
};

/// The first mistake found in a graph: which layer, and the two shapes it is about.
struct Problem {
    Mistake mistake = Mistake::none;
    Name layer{};
    Shape found{};
    Shape expected{};
};

/// A network: nodes in execution order. `nodes[output]` is what it returns.
struct Graph {
    static constexpr int max_nodes = 256;

    std::array<Node, max_nodes> nodes{};
    int count = 0;
    int output = -1;
    Problem problem{};

    /// How many operands of all nodes name the value `id`; being the output counts as one.
    constexpr int uses(int id) const {
        int n = id == output ? 1 : 0;
        for (int i = 0; i < count; ++i)
            for (const int input : nodes[std::size_t(i)].inputs) n += input == id ? 1 : 0;
        return n;
    }
    constexpr const Node& operator[](int id) const { return nodes[std::size_t(id)]; }
    constexpr Node& operator[](int id) { return nodes[std::size_t(id)]; }
};

/// Whether nodes of this kind own weights.
constexpr bool has_weights(Op op) { return op == Op::conv2d || op == Op::linear; }

/// Whether a node only moves or selects what it reads, so that its result has its input's scale and zero
/// point (PyTorch's OUTPUT_SHARE_OBSERVER_WITH_INPUT).
constexpr bool shares_qparams(Op op) {
    return op == Op::relu || op == Op::max_pool || op == Op::global_avg_pool || op == Op::flatten;
}

/// Multiply-accumulates of one node for one image, padding zeros included (the usual way to count).
constexpr std::uint64_t macs(const Graph& g, int id) {
    const Node& n = g[id];
    if (!has_weights(n.op)) return 0;
    const auto taps = std::uint64_t(n.window.kernel.h) * std::uint64_t(n.window.kernel.w);
    return n.shape.size() * taps * std::uint64_t(g[n.inputs[0]].shape.c);
}

/// PyTorch's word for the operation.
constexpr const char* op_name(Op op) {
    switch (op) {
        case Op::input: return "Input";
        case Op::conv2d: return "Conv2d";
        case Op::batch_norm: return "BatchNorm2d";
        case Op::relu: return "ReLU";
        case Op::max_pool: return "MaxPool2d";
        case Op::global_avg_pool: return "AdaptiveAvgPool2d";
        case Op::flatten: return "Flatten";
        case Op::add: return "Add";
        case Op::linear: return "Linear";
    }
    return "";
}

}  // namespace octet
