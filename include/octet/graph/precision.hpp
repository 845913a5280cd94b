// Which values are integers. Where a float layer reads an int8 value or the other way round, the compiler places a
// dequantize or a quantize, one for each value that needs one:
//
//     conv1 (int8) -> fc (float)          becomes     conv1 -> dequantize -> fc
#pragma once

#include "placement.hpp"

namespace octet {

/// The fused graph with every value's precision decided, and casts between. `layer` and `result` stay numbers of
/// `fused`.
constexpr Graph place_precision(const Graph& fused, const QConfigOf& qconfig_of) {
    const auto is_int8 = [&](int i) { return qconfig_of[std::size_t(i)] >= 0; };
    Graph out;
    out.problem = fused.problem;
    std::array<int, Graph::max_nodes> as_int8{}, as_float{};  // by fused node: where its value is; -1: nowhere yet
    as_int8.fill(-1);
    as_float.fill(-1);
    const auto push = [&](const Node& n) {
        if (out.count == Graph::max_nodes) {
            out.problem = {Mistake::too_many_nodes, n.name, n.shape, {}};
            return 0;
        }
        out[out.count] = n;
        return out.count++;
    };
    for (int i = 0; i < fused.count; ++i) {
        Node n = fused[i];
        n.quantized = is_int8(i);
        for (int& input : n.inputs) {
            int& value = (n.quantized ? as_int8 : as_float)[std::size_t(input)];
            if (value < 0) {
                Node cast{.op = n.quantized ? Op::quantize : Op::dequantize,
                          .name = fused[input].name,
                          .inputs = (n.quantized ? as_float : as_int8)[std::size_t(input)],
                          .shape = fused[input].shape,
                          .layer = input,
                          .result = input};
                cast.quantized = n.quantized;
                value = push(cast);
            }
            input = value;
        }
        (n.quantized ? as_int8 : as_float)[std::size_t(i)] = push(n);
    }
    if (fused.output >= 0)
        out.output =
            (as_int8[std::size_t(fused.output)] >= 0 && is_int8(fused.output) ? as_int8
                                                                              : as_float)[std::size_t(fused.output)];
    return out;
}

}  // namespace octet
