// Networks as PyTorch prints them, one line a layer: what `print(model)` shows before and after convert_fx.
#pragma once

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>

#include "../graph/graph.hpp"
#include "../model/quantized_model.hpp"

namespace octet {

/// PyTorch's name of a fused layer's type: "ConvReLU2d", "LinearReLU", "AddReLU", "MaxPool2d", ...
inline std::string layer_type(const Node& n) {
    if (!n.relu) return op_name(n.op);
    if (n.op == Op::conv2d) return "ConvReLU2d";
    return std::string(op_name(n.op)) + "ReLU";
}

/// "56x56x64".
inline std::string shape_text(Shape s) {
    return std::to_string(s.h) + "x" + std::to_string(s.w) + "x" + std::to_string(s.c);
}

namespace detail {

inline std::string pair_text(Pair p) { return "(" + std::to_string(p.h) + ", " + std::to_string(p.w) + ")"; }

inline std::string number_text(float x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", double(x));
    return text;
}

inline std::string padding_text(Padding p) {
    if (p == Padding{}) return "";
    if (p == Padding(p.top, p.left)) return ", padding=" + pair_text({p.top, p.left});
    return ", padding=(" + std::to_string(p.top) + ", " + std::to_string(p.left) + ", " + std::to_string(p.bottom) +
           ", " + std::to_string(p.right) + ")";  // which PyTorch has not
}

// What stands between the parentheses of a float layer.
inline std::string layer_arguments(GraphView g, int layer) {
    const Node& n = g[layer];
    if (n.op == Op::input) return shape_text(n.shape);
    const Shape in = g[n.inputs[0]].shape;
    const Padding p = n.window.pad;
    const Pair d = n.window.dilation;
    const std::string kernel = "kernel_size=" + pair_text(n.window.kernel) + ", stride=" + pair_text(n.window.stride) +
                               padding_text(p) + (d == Pair{1} ? "" : ", dilation=" + pair_text(d)) +
                               (n.groups == 1 ? "" : ", groups=" + std::to_string(n.groups)) +
                               (n.ceil_mode ? ", ceil_mode=True" : "");
    switch (n.op) {
        case Op::conv2d: return std::to_string(in.c) + ", " + std::to_string(n.shape.c) + ", " + kernel;
        case Op::linear:
            return "in_features=" + std::to_string(in.c) + ", out_features=" + std::to_string(n.shape.c) +
                   ", bias=" + (n.bias ? "True" : "False");
        case Op::max_pool: return kernel;
        case Op::avg_pool:
            return kernel + (n.include_pad ? "" : ", count_include_pad=False") +
                   (n.divisor == 0 ? "" : ", divisor_override=" + std::to_string(n.divisor));
        case Op::adaptive_avg_pool: return "output_size=" + pair_text({n.shape.h, n.shape.w});
        case Op::clamp: return "min=" + number_text(n.low) + ", max=" + number_text(n.high);
        default: return "";
    }
}

}  // namespace detail

/// The float and the int8 network side by side, layer by layer: type, shapes, stride, padding, scale, zero
/// point. Layers left in float are the same on both sides.
/// `qconfig_of` and `placement` are by fused layer, `qparams` by observer.
inline std::string side_by_side(GraphView g, const QConfigOf& qconfig_of, const Placement& placement,
                                std::span<const QParams> qparams) {
    struct Line {
        std::string name, left, right;
    };
    std::vector<Line> lines{{"layer", "float32", "int8"}};
    for (int i = 0; i < g.count; ++i) {
        const bool is_int8 = qconfig_of[std::size_t(i)] >= 0;
        const QParams q = is_int8 ? qparams[std::size_t(placement.observer[std::size_t(i)])] : QParams{};
        const std::string arguments = detail::layer_arguments(g, i), type = layer_type(g[i]);
        const std::string scales =
            "scale=" + detail::number_text(q.scale) + ", zero_point=" + std::to_string(q.zero_point);
        // As PyTorch does: what only passes numbers on stays the module it was, everything else is a quantized one.
        const bool input = g[i].op == Op::input, keeps = shares_qparams(g[i].op);
        const std::string left = type + "(" + arguments + ") -> " + shape_text(g[i].shape);
        if (!is_int8) {
            lines.push_back({std::string(g[i].name.view()), left, type + "(" + arguments + ")"});
            continue;
        }
        const std::string before = input || arguments.empty() ? "" : arguments + ", ";
        lines.push_back({std::string(g[i].name.view()), left,
                         (input ? "Quantize" : (keeps ? "" : "Quantized") + type) + "(" + before + scales + ")"});
    }
    if (qconfig_of[std::size_t(g.output)] >= 0) lines.push_back({"", "", "DeQuantize()"});
    std::size_t names = 0, lefts = 0;
    for (const Line& l : lines) {
        names = std::max(names, l.name.size());
        lefts = std::max(lefts, l.left.size());
    }
    std::string text;
    for (const Line& l : lines)
        text += "  " + l.name + std::string(names - l.name.size() + 2, ' ') + l.left +
                std::string(lefts - l.left.size() + 2, ' ') + l.right + "\n";
    return text;
}
template <class Net, class Precision, class Numerics, class Arch, class Kernels>
std::string side_by_side(const Int8Program<Net, Precision, Numerics, Arch, Kernels>& int8) {
    return side_by_side(int8.graph, Placed<Net, Precision>::qconfig_of, int8.placement, int8.qparams());
}

}  // namespace octet
