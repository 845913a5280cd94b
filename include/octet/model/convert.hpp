// From ranges to integers: weights are quantized by the qconfig's weight observer, activations get the scales
// that calibration found.
//
// The functions here also know the order of things: calling one too early does not compile, and the message
// says what to call first.
#pragma once

#include "../observe/per_channel_min_max.hpp"
#include "calibrated_model.hpp"
#include "quantized_model.hpp"

namespace octet {

/// One layer in integers: weights OHWI, a scale and a bias for each output channel.
struct QuantizedLayer {
    std::vector<std::int8_t> weight;  // host
    std::vector<float> weight_scale, bias;
};

/// Folds and quantizes one layer of a float model. q = clamp(round(w * f(1 / s)), -128, 127).
template <class WeightObserver, class Net, class Arch>
QuantizedLayer quantize_layer(const FloatModel<Net, Arch>& model, int layer) {
    const int channels = FloatModel<Net, Arch>::graph[layer].shape.c;
    std::vector<float> weight(model.weight_count(layer));
    QuantizedLayer q;
    q.bias.resize(std::size_t(channels));
    model.fold(layer, weight, q.bias);
    q.weight.resize(weight.size());
    const std::size_t row = weight.size() / std::size_t(channels);
    std::size_t i = 0;
    for (const QParams p : weight_qparams<WeightObserver>(weight, channels)) {
        q.weight_scale.push_back(p.scale);
        const float inverse = 1.0f / p.scale;
        for (std::size_t k = 0; k < row; ++k, ++i)
            q.weight[i] = static_cast<std::int8_t>(std::clamp(round_to_int(weight[i] * inverse), -128, 127));
    }
    return q;
}

/// The int8 model. Deterministic: the same weights, ranges and qconfig give the same bytes.
template <class Net, class QC, class Arch>
QuantizedModel<Net, QC, Arch> convert(const CalibratedModel<Net, QC, Arch>& calibrated) {
    constexpr const Graph& graph = fused_graph_of<Net>();
    QuantizedModel<Net, QC, Arch> model;
    for (int i = 0; i < Placed<Net>::placement.count; ++i) model.set_qparams(i, calibrated.qparams(i));
    for (int layer = 0; layer < graph.count; ++layer) {
        if (!has_weights(graph[layer].op)) continue;
        const auto q = quantize_layer<typename QC::weight>(calibrated.float_model(), layer);
        model.set_layer(layer, q.weight, q.weight_scale, q.bias);
    }
    return model;
}

/// What the reader of a report must be told about a calibrated model: dead channels, clipped ranges, and what
/// calibration saw.
template <class Net, class QC, class Arch>
std::vector<Finding> findings(const CalibratedModel<Net, QC, Arch>& calibrated) {
    constexpr const Graph& graph = fused_graph_of<Net>();
    std::vector<Finding> all = calibrated.findings();
    for (int layer = 0; layer < graph.count; ++layer) {
        if (!has_weights(graph[layer].op)) continue;
        const std::string name(graph[layer].name.view());
        const auto q = quantize_layer<typename QC::weight>(calibrated.float_model(), layer);
        const std::size_t row = q.weight.size() / q.bias.size();
        int dead = 0;
        for (std::size_t o = 0; o < q.bias.size(); ++o) {
            const auto first = q.weight.begin() + std::ptrdiff_t(o * row);
            dead += std::all_of(first, first + std::ptrdiff_t(row), [](std::int8_t w) { return w == 0; }) ? 1 : 0;
        }
        if (dead > 0)
            all.push_back({name, "dead channels", std::to_string(dead) + " of " + std::to_string(q.bias.size()) +
                                                      " output channels have only zero weights"});
    }
    if constexpr (HasHistogram<typename QC::activation>)
        for (int i = 0; i < Placed<Net>::placement.count; ++i) {
            const HistogramView h = calibrated.observers()[std::size_t(i)].histogram();
            double total = 0, outside = 0;
            const double width = (double(h.max) - double(h.min)) / double(h.counts.size());
            for (std::size_t bin = 0; bin < h.counts.size(); ++bin) {
                const double middle = h.min + (double(bin) + 0.5) * width;
                total += h.counts[bin];
                outside += middle < h.chosen_min || middle > h.chosen_max ? double(h.counts[bin]) : 0.0;
            }
            if (outside > 0)
                all.push_back({std::string(graph[Placed<Net>::placement.owner[std::size_t(i)]].name.view()), "clipped range",
                               std::to_string(100.0 * outside / total) + " % of the values lie outside the chosen range"});
        }
    return all;
}

// Wrong order. Each of these exists only to say what to call first.

template <class QC, class Net, class OldQC, class Arch>
void prepare(const PreparedModel<Net, OldQC, Arch>&) {
    static_assert(detail::never<Net>, "octet: this model is prepared already: call octet::calibrate(model, images)");
}
template <class QC, class Net, class OldQC, class Arch>
void prepare(const QuantizedModel<Net, OldQC, Arch>&) {
    static_assert(detail::never<Net>, "octet: this model is int8 already: octet::prepare needs a FloatModel");
}
template <class Net, class Arch, class... Rest>
void calibrate(const FloatModel<Net, Arch>&, Rest&&...) {
    static_assert(detail::never<Net>, "octet: calibrate needs observers: call octet::prepare<QConfig>(model) first");
}
template <class Net, class Arch>
void convert(const FloatModel<Net, Arch>&) {
    static_assert(detail::never<Net>, "octet: convert needs a calibrated model: call octet::prepare<QConfig>(model), then "
                                      "octet::calibrate(prepared, images) first");
}
template <class Net, class QC, class Arch>
void convert(const PreparedModel<Net, QC, Arch>&) {
    static_assert(detail::never<Net>, "octet: convert needs a calibrated model: call octet::calibrate(prepared, images) "
                                      "first");
}

}  // namespace octet
