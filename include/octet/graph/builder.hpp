// How a network is written: as in PyTorch, with loops and functions, as a constexpr value.
//
//     octet::GraphBuilder net;
//     auto x = net.input({32, 32, 3});
//     x = net.relu(net.batch_norm("bn1", net.conv2d("conv1", x, {.out = 16, .kernel = 3, .pad = 1})));
//     return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 10}));
//
// Shapes are inferred on the way. The first mistake is remembered, not thrown, and becomes a compiler's
// message naming the layer and both shapes as soon as the network is used (verify.hpp).
#pragma once

#include <algorithm>
#include <initializer_list>

#include "graph.hpp"
#include "layer_options.hpp"

namespace octet {

/// A value inside a network under construction: the result of one node, with its shape.
struct Value {
    int id = -1;
    Shape shape{};
};

/// Collects nodes; `finish` gives the Graph. Layers with weights carry PyTorch's module path as their
/// name ("layer1.0.conv1"); the others may be named too, or are numbered as torch.fx does (add, add_1, ...).
class GraphBuilder {
public:
    /// The image, HWC. A network has exactly one.
    constexpr Value input(Shape shape) {
        for (int i = 0; i < graph_.count; ++i)
            if (graph_[i].op == Op::input) report(Mistake::two_inputs, "input", shape, graph_[i].shape);
        if (shape.h < 1 || shape.w < 1 || shape.c < 1) report(Mistake::empty_input, "input", shape, {1, 1, 1});
        return push({.op = Op::input, .name = "input", .shape = shape});
    }

    /// 2-D convolution (cross-correlation, as PyTorch's). Weights `name.weight` (and `name.bias`).
    constexpr Value conv2d(Name name, Value x, Conv2d o) {
        const Window window{o.kernel, o.stride, o.pad, o.dilation};
        if (o.out < 1) report(Mistake::no_output_channels, name, x.shape, {});
        if (o.groups < 1 || x.shape.c % o.groups != 0 || o.out % o.groups != 0) {
            report(Mistake::groups_do_not_divide, name, x.shape, {1, 1, o.groups});
            o.groups = 1;
        }
        return slide(
            {.op = Op::conv2d, .name = name, .inputs = x.id, .window = window, .groups = o.groups, .bias = o.bias}, x,
            o.out);
    }

    /// Batch normalization with running statistics; must follow a conv2d, into which it is folded.
    constexpr Value batch_norm(Name name, Value x, BatchNorm o = {}) {
        return push({.op = Op::batch_norm, .name = name, .inputs = x.id, .shape = x.shape, .eps = o.eps});
    }

    constexpr Value relu(Value x) { return relu(unnamed("relu"), x); }
    constexpr Value relu(Name name, Value x) {
        return push({.op = Op::relu, .name = name, .inputs = x.id, .shape = x.shape});
    }

    /// torch.clamp, torch.nn.Hardtanh: no value below `low` or above `high`.
    constexpr Value clamp(Value x, float low, float high) { return clamp(unnamed("clamp"), x, low, high); }
    constexpr Value clamp(Name name, Value x, float low, float high) {
        if (!(low < high)) report(Mistake::empty_range, name, x.shape, {});
        return push({.op = Op::clamp, .name = name, .inputs = x.id, .shape = x.shape, .low = low, .high = high});
    }
    /// torch.nn.ReLU6: a clamp to 0..6.
    constexpr Value relu6(Value x) { return relu6(unnamed("relu6"), x); }
    constexpr Value relu6(Name name, Value x) { return clamp(name, x, 0.0f, 6.0f); }

    /// Maximum over each window; padding never wins.
    constexpr Value max_pool(Value x, MaxPool o = {}) { return max_pool(unnamed("max_pool"), x, o); }
    constexpr Value max_pool(Name name, Value x, MaxPool o = {}) {
        return pool({.op = Op::max_pool, .name = name, .inputs = x.id, .window = {o.kernel, o.stride, o.pad}}, x,
                    o.ceil_mode);
    }

    /// Mean over each window.
    constexpr Value avg_pool(Value x, AvgPool o = {}) { return avg_pool(unnamed("avg_pool"), x, o); }
    constexpr Value avg_pool(Name name, Value x, AvgPool o = {}) {
        return pool({.op = Op::avg_pool,
                     .name = name,
                     .inputs = x.id,
                     .window = {o.kernel, o.stride, o.pad},
                     .include_pad = o.count_include_pad,
                     .divisor = o.divisor_override},
                    x, o.ceil_mode);
    }

    /// Mean over as many bins as there are output pixels (torch.nn.AdaptiveAvgPool2d).
    constexpr Value adaptive_avg_pool(Value x, Pair out) {
        return adaptive_avg_pool(unnamed("adaptive_avg_pool"), x, out);
    }
    constexpr Value adaptive_avg_pool(Name name, Value x, Pair out) {
        if (out.h < 1 || out.w < 1) report(Mistake::window_does_not_fit, name, x.shape, {1, 1, x.shape.c});
        return push({.op = Op::adaptive_avg_pool, .name = name, .inputs = x.id, .shape = {out.h, out.w, x.shape.c}});
    }
    /// Mean over all pixels of each channel (torch.nn.AdaptiveAvgPool2d(1)): a 1 x 1 image.
    constexpr Value global_avg_pool(Value x) { return adaptive_avg_pool(x, 1); }
    constexpr Value global_avg_pool(Name name, Value x) { return adaptive_avg_pool(name, x, 1); }

    /// torch.flatten(x, 1): one vector in PyTorch's order (channel, row, column), whatever octet's own is.
    constexpr Value flatten(Value x) { return flatten(unnamed("flatten"), x); }
    constexpr Value flatten(Name name, Value x) {
        return push({.op = Op::flatten, .name = name, .inputs = x.id, .shape = {1, 1, int(x.shape.size())}});
    }

    /// Elementwise sum of two values of the same shape.
    constexpr Value add(Value a, Value b) { return add(unnamed("add"), a, b); }
    constexpr Value add(Name name, Value a, Value b) { return elementwise(Op::add, name, a, b); }
    /// Elementwise product of two values of the same shape.
    constexpr Value mul(Value a, Value b) { return mul(unnamed("mul"), a, b); }
    constexpr Value mul(Name name, Value a, Value b) { return elementwise(Op::mul, name, a, b); }

    /// torch.cat along the channels: at most Operands::most values of the same height and width.
    constexpr Value cat(std::initializer_list<Value> values) { return cat(unnamed("cat"), values); }
    constexpr Value cat(Name name, std::initializer_list<Value> values) {
        Node node{.op = Op::cat, .name = name};
        for (const Value& v : values) {
            if (node.inputs.count == Operands::most) {
                report(Mistake::too_many_operands, name, v.shape, {1, 1, Operands::most});
                break;
            }
            if (node.inputs.count == 0) node.shape = {v.shape.h, v.shape.w, 0};
            const Shape expected{node.shape.h, node.shape.w, v.shape.c};
            if (!(v.shape == expected)) report(Mistake::operands_differ_in_shape, name, v.shape, expected);
            node.shape.c += v.shape.c;
            node.inputs.push(v.id);
        }
        if (node.inputs.count == 0) report(Mistake::nothing_to_join, name, {}, {});
        return push(node);
    }

    /// Fully connected layer on a vector (flatten first). Weights `name.weight` [out, in], `name.bias`.
    constexpr Value linear(Name name, Value x, Linear o) {
        if (o.out < 1) report(Mistake::no_output_channels, name, x.shape, {});
        if (x.shape.h != 1 || x.shape.w != 1)
            report(Mistake::linear_needs_flatten, name, x.shape, {1, 1, int(x.shape.size())});
        check_sum(name, x.shape);
        return push({.op = Op::linear, .name = name, .inputs = x.id, .shape = {1, 1, o.out}, .bias = o.bias});
    }

    /// The finished graph, returning `output`.
    constexpr Graph finish(Value output) {
        graph_.output = output.id;
        if (graph_.count == 0 || graph_[0].op != Op::input) report(Mistake::no_input, "input", {}, {});
        for (int i = 0; i < graph_.count; ++i)
            if (graph_.uses(i) == 0) report(Mistake::unused_value, graph_[i].name, graph_[i].shape, {});
        return graph_;
    }

private:
    constexpr Value elementwise(Op op, const Name& name, Value a, Value b) {
        if (!(a.shape == b.shape)) report(Mistake::operands_differ_in_shape, name, b.shape, a.shape);
        return push({.op = op, .name = name, .inputs = {a.id, b.id}, .shape = a.shape});
    }
    constexpr Value pool(Node node, Value x, bool ceil_mode) {
        node.ceil_mode = ceil_mode;
        const Padding p = node.window.pad;
        const Pair k = node.window.kernel;
        if (2 * std::max(p.top, p.bottom) > k.h || 2 * std::max(p.left, p.right) > k.w)
            report(Mistake::pool_padding_too_large, node.name, x.shape, {k.h / 2, k.w / 2, x.shape.c});
        return slide(node, x, x.shape.c, ceil_mode);
    }
    constexpr Value slide(Node node, Value x, int channels, bool ceil_mode = false) {
        const auto [kernel, stride, pad, dilation] = node.window;
        if (std::min({kernel.h, kernel.w, stride.h, stride.w, dilation.h, dilation.w}) < 1 ||
            std::min({pad.top, pad.left, pad.bottom, pad.right}) < 0)
            report(Mistake::impossible_window, node.name, x.shape, {});
        const Pair out = node.window.output(x.shape, ceil_mode);
        if (out.h < 1 || out.w < 1) {
            const Pair span = node.window.span();
            report(Mistake::window_does_not_fit, node.name, x.shape, {span.h, span.w, x.shape.c});
        }
        if (node.op == Op::conv2d) check_sum(node.name, {kernel.h, kernel.w, x.shape.c / node.groups});
        node.shape = {out.h, out.w, channels};
        return push(node);
    }

    // 32 bits hold the sum of this many products of a u8 and an s8, whatever they are.
    constexpr void check_sum(const Name& name, Shape window) {
        constexpr std::size_t most = 2147483647u / (255 * 128);
        if (window.size() > most) report(Mistake::window_overflows, name, window, {1, 1, int(most)});
    }

    constexpr Value push(Node node) {
        for (const int input : node.inputs)
            if (input < 0 || input >= graph_.count)
                report(Mistake::not_a_value_of_this_graph, node.name, node.shape, {});
        if (node.name.empty()) report(Mistake::unnamed_layer, op_name(node.op), node.shape, {});
        for (int i = 0; i < graph_.count; ++i)
            if (graph_[i].name == node.name) report(Mistake::duplicate_name, node.name, node.shape, graph_[i].shape);
        if (graph_.count == Graph::max_nodes) {
            report(Mistake::too_many_nodes, node.name, node.shape, {});
            return {0, node.shape};
        }
        graph_[graph_.count] = node;
        return {graph_.count++, node.shape};
    }

    // add, add_1, add_2, ... as torch.fx numbers what has no name.
    constexpr Name unnamed(const char* base) const {
        Name name = base;
        for (int n = 1; taken(name); ++n) name = Name(base) + "_" + n;
        return name;
    }
    constexpr bool taken(const Name& name) const {
        for (int i = 0; i < graph_.count; ++i)
            if (graph_[i].name == name) return true;
        return false;
    }

    constexpr void report(Mistake mistake, Name layer, Shape found, Shape expected) {
        if (graph_.problem.mistake == Mistake::none) graph_.problem = {mistake, layer, found, expected};
    }

    Graph graph_{};
};

}  // namespace octet
