// What a network is: a list of nodes in the order they run. A Graph is an ordinary constexpr value; the
// passes beside this header are ordinary constexpr functions from Graph to Graph. Networks are passed
// around as types (anything with a static `graph()`), so that symbols and messages stay short.
#pragma once

#include <algorithm>
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
    clamp,
    max_pool,
    avg_pool,
    adaptive_avg_pool,
    flatten,
    add,
    mul,
    cat,
    linear,
    quantize,    ///< placed by the compiler around float islands
    dequantize,  ///< likewise
};

/// Operands of one node: a few values, as node numbers.
struct Operands {
    static constexpr int most = 8;

    std::array<int, most> id{-1, -1, -1, -1, -1, -1, -1, -1};
    int count = 0;

    constexpr Operands() = default;
    constexpr Operands(int a) : id{a, -1, -1, -1, -1, -1, -1, -1}, count(1) {}
    constexpr Operands(int a, int b) : id{a, b, -1, -1, -1, -1, -1, -1}, count(2) {}

    /// -1 where there is no such operand.
    constexpr int operator[](int i) const { return id[std::size_t(i)]; }
    constexpr void push(int value) { id[std::size_t(count++)] = value; }
    constexpr const int* begin() const { return id.data(); }
    constexpr const int* end() const { return id.data() + count; }
    constexpr int* begin() { return id.data(); }
    constexpr int* end() { return id.data() + count; }
};

/// One operation and the shape of the value it makes. The first part is what the author wrote, the second what
/// passes found out.
struct Node {
    Op op = Op::input;
    Name name{};               ///< PyTorch's module path where the node has weights
    Operands inputs{};         ///< the values it reads
    Shape shape{};             ///< of its result
    Window window{};           ///< conv2d, max_pool, avg_pool
    int groups = 1;            ///< conv2d
    bool bias = false;         ///< conv2d, linear: the file has a bias
    float eps = 0.0f;          ///< batch_norm
    float low = 0.0f;          ///< clamp
    float high = 0.0f;         ///< clamp
    bool ceil_mode = false;    ///< pools; its effect is in `shape`, but an engine rounds averages differently then
    bool include_pad = false;  ///< avg_pool: padding counts as pixels in the divisor
    int divisor = 0;           ///< avg_pool: divides by this; 0: by the number of pixels

    bool relu = false;       ///< after fuse(): a ReLU was fused behind it
    int source = -1;         ///< after fuse(): this node's number in the graph as written
    int batch_norm = -1;     ///< after fuse(): the folded batch norm's number in the graph as written
    int layer = -1;          ///< after fuse(): the fused layer whose operation and weights it has; kept by later passes
    int result = -1;         ///< after fuse(): the fused layer whose result it makes
    bool quantized = false;  ///< after place_precision(): its result is quint8, not float
    bool clamped = false;    ///< after lower(): a clamp to low..high moved into it
    bool residual = false;   ///< after lower(): an addition moved into it; inputs[1] is the other operand
    bool residual_relu = false;  ///< after lower(): that addition had a ReLU
};

/// What can be wrong with a graph; verify.hpp turns each into a message.
enum class Mistake : std::uint8_t {
    none,
    too_many_nodes,
    too_many_operands,
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
    groups_do_not_divide,
    operands_differ_in_shape,
    empty_range,
    nothing_to_join,
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

/// A graph to read. What a program keeps of a network, since that is as long as the network is; a Graph is as large as
/// the largest, and stays in the compiler.
struct GraphView {
    const Node* nodes = nullptr;
    int count = 0;
    int output = -1;

    constexpr GraphView() = default;
    constexpr GraphView(const Graph& g) : nodes(g.nodes.data()), count(g.count), output(g.output) {}
    constexpr GraphView(const Node* first, int n, int out) : nodes(first), count(n), output(out) {}
    constexpr const Node& operator[](int id) const { return nodes[id]; }
};

namespace detail {
template <const Graph& G>
inline constexpr auto nodes_of = [] {
    std::array<Node, std::size_t(G.count)> nodes{};
    std::copy_n(G.nodes.begin(), nodes.size(), nodes.begin());
    return nodes;
}();
}  // namespace detail

/// `G`, a constant, cut to its length.
template <const Graph& G>
inline constexpr GraphView view_of{detail::nodes_of<G>.data(), G.count, G.output};

/// Whether nodes of this kind own weights.
constexpr bool has_weights(Op op) { return op == Op::conv2d || op == Op::linear; }

/// Whether a node only moves or selects what it reads, so that its result has its input's scale and zero
/// point (PyTorch's OUTPUT_SHARE_OBSERVER_WITH_INPUT).
constexpr bool shares_qparams(Op op) {
    switch (op) {
        case Op::relu:
        case Op::clamp:
        case Op::max_pool:
        case Op::avg_pool:
        case Op::adaptive_avg_pool:
        case Op::flatten:
        case Op::cat: return true;
        default: return false;
    }
}

/// Multiply-accumulates of one node for one image, padding zeros included (the usual way to count).
constexpr std::uint64_t macs(GraphView g, int id) {
    const Node& n = g[id];
    if (!has_weights(n.op)) return 0;
    const auto taps = std::uint64_t(n.window.kernel.h) * std::uint64_t(n.window.kernel.w);
    return n.shape.size() * taps * std::uint64_t(g[n.inputs[0]].shape.c / n.groups);
}

/// PyTorch's word for the operation.
constexpr const char* op_name(Op op) {
    switch (op) {
        case Op::input: return "Input";
        case Op::conv2d: return "Conv2d";
        case Op::batch_norm: return "BatchNorm2d";
        case Op::relu: return "ReLU";
        case Op::max_pool: return "MaxPool2d";
        case Op::clamp: return "Clamp";
        case Op::avg_pool: return "AvgPool2d";
        case Op::adaptive_avg_pool: return "AdaptiveAvgPool2d";
        case Op::flatten: return "Flatten";
        case Op::add: return "Add";
        case Op::mul: return "Mul";
        case Op::cat: return "Cat";
        case Op::linear: return "Linear";
        case Op::quantize: return "Quantize";
        case Op::dequantize: return "DeQuantize";
    }
    return "";
}

}  // namespace octet
