// A quantized network as numbers alone: what convert makes, what an int8 file holds, and what a QuantizedModel
// packs for its architecture. Knows the graph only as a table.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>  // host
#include <span>
#include <string>  // host
#include <vector>  // host

#include "../core/error.hpp"
#include "../core/qparams.hpp"
#include "../core/rounding.hpp"
#include "../graph/graph.hpp"
#include "../observe/per_channel_min_max.hpp"

namespace octet {

/// One layer as its file has it, weights OHWI: in integers with a scale for each output channel or one for all; or, in
/// a float island, in floats.
struct QuantizedLayer {
    std::vector<std::int8_t> weight{};              // host
    std::span<const std::int8_t> weight_in_file{};  ///< instead of weight, where a file has it in memory
    std::vector<float> weight_scale{}, bias{};
    bool per_channel = true;            ///< false: weight_scale has one element
    std::vector<float> float_weight{};  ///< instead of weight and weight_scale
    int saturated = 0;                  ///< weights that did not fit their scale and were clamped

    /// The integers, wherever they are.
    std::span<const std::int8_t> weights() const { return weight_in_file.empty() ? weight : weight_in_file; }
};

/// Scale and zero point by observer, weights by fused layer (empty where a layer has none).
struct QuantizedParameters {
    std::vector<QParams> qparams{};  // host
    std::vector<QuantizedLayer> layers{};
    std::shared_ptr<const void> file{};  ///< keeps weight_in_file where it is
};

/// The shape of a layer's weights, OHWI or [out, in]; empty where it has none.
inline std::vector<std::int64_t> weight_shape(GraphView g, int layer) {
    const Node& n = g[layer];
    if (!has_weights(n.op)) return {};
    const std::int64_t out = n.shape.c, in = g[n.inputs[0]].shape.c / n.groups;
    if (n.op == Op::linear) return {out, in};
    return {out, n.window.kernel.h, n.window.kernel.w, in};
}

/// Number of weights of fused layer `layer`; 0 where it has none.
constexpr std::size_t weight_count(GraphView g, int layer) {
    const Node& n = g[layer];
    if (!has_weights(n.op)) return 0;
    return std::size_t(n.shape.c) * std::size_t(g[n.inputs[0]].shape.c / n.groups) * std::size_t(n.window.kernel.h) *
           std::size_t(n.window.kernel.w);
}

namespace detail {
// Whether the range a weight observer finds holds all it saw, as that of the minimum and maximum does. Histograms clip.
template <class W>
inline constexpr bool holds_all_it_saw = requires(const W& w) {
    W::scheme;
    w.min();
    w.max();
};
template <class O>
inline constexpr bool holds_all_it_saw<PerChannelObserver<O>> = holds_all_it_saw<O>;
}  // namespace detail

/// The integers that weights quantized by `W` can be: the largest lies half its scheme's range from 0, rounded up.
template <WeightObserver W>
constexpr QRange weight_range() {
    if constexpr (detail::holds_all_it_saw<W>) {
        const int largest = (W::scheme.range.max - W::scheme.range.min + 1) / 2;
        return {std::max(-largest, -128), std::min(largest, 127)};
    }
    return {-128, 127};
}

/// Quantizes folded weights: q = clamp(round(w * f(1 / s)), -128, 127), s by the weight observer.
template <WeightObserver W>
QuantizedLayer quantize_layer(std::span<const float> weight, std::vector<float> bias) {  // host
    QuantizedLayer q;
    q.weight.resize(weight.size());
    q.per_channel = !Observer<W>;
    const std::size_t row = weight.size() / bias.size();
    std::size_t i = 0;
    for (const QParams p : weight_qparams<W>(weight, int(bias.size()))) {
        if (!(p.scale > 0) || !std::isfinite(p.scale) || p.zero_point != 0)
            throw Error("octet: a weight observer gave scale " + std::to_string(p.scale) + " and zero point " +  // host
                        std::to_string(p.zero_point) +
                        "; expected a finite scale above 0 and the zero point 0 (symmetric)");
        if (q.per_channel || q.weight_scale.empty()) q.weight_scale.push_back(p.scale);
        const float inverse = 1.0f / p.scale;
        for (std::size_t k = 0; k < row; ++k, ++i) {
            const std::int32_t rounded = round_to_int(weight[i] * inverse);
            q.weight[i] = static_cast<std::int8_t>(std::clamp(rounded, -128, 127));
            q.saturated += rounded < -128 || rounded > 128 ? 1 : 0;  // +127.5, half a step too far, is by design
        }
    }
    q.bias = std::move(bias);
    return q;
}

}  // namespace octet
