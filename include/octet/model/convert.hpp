// From ranges to integers: weights are quantized by the qconfig's weight observer, activations get the scales
// that calibration found.
//
// The functions here also know the order of things: calling one too early does not compile, and the message
// says what to call first.
#pragma once

#include <cstdio>

#include "calibrated_model.hpp"
#include "quantized_model.hpp"

namespace octet {

namespace detail {
// Weights by the observer of qconfig number `qconfig`.
using QuantizeLayer = QuantizedLayer (*)(int qconfig, std::span<const float> weight, std::vector<float> bias);

inline QuantizedParameters quantize(const FloatTensors& tensors, const QConfigOf& qconfig_of,
                                    std::span<const QParams> qparams, QuantizeLayer quantize_layer) {
    const GraphView graph = tensors.fused;
    QuantizedParameters q;
    q.qparams.assign(qparams.begin(), qparams.end());
    q.layers.resize(std::size_t(graph.count));
    std::vector<float> weight;  // host
    for (int layer = 0; layer < graph.count; ++layer) {
        if (!has_weights(graph[layer].op)) continue;
        weight.resize(weight_count(graph, layer));
        std::vector<float> bias(std::size_t(graph[layer].shape.c));
        fold_layer(tensors, layer, weight, bias);
        QuantizedLayer& l = q.layers[std::size_t(layer)];
        const int number = qconfig_of[std::size_t(layer)];
        if (number < 0) {
            l.float_weight = weight;
            l.bias = std::move(bias);
        } else {
            l = quantize_layer(number, weight, std::move(bias));
        }
    }
    return q;
}
}  // namespace detail

/// Scales and integer weights of a calibrated model. Deterministic: the same weights, ranges and qconfig give
/// the same numbers.
template <class Net, class QC, class Arch>
QuantizedParameters quantize(const CalibratedModel<Net, QC, Arch>& calibrated) {
    const auto quantize_layers = [](int qconfig, std::span<const float> weight, std::vector<float> bias) {
        QuantizedLayer l;
        with_qconfig<QC>(qconfig,
                         [&]<class Chosen>() { l = quantize_layer<typename Chosen::weight>(weight, std::move(bias)); });
        return l;
    };
    return detail::quantize(calibrated.float_model().all_tensors(),
                            Placed<Net, typename QConfigs<QC>::precision>::qconfig_of, calibrated.qparams(),
                            quantize_layers);
}

/// The int8 model. `Kernels` says which algorithms convolve (kernels/conv2d/policy.hpp).
template <class Kernels = kernels::fastest, class Net, class QC, class Arch>
QuantizedModel<Net, QC, Arch, Kernels> convert(const CalibratedModel<Net, QC, Arch>& calibrated) {
    QuantizedModel<Net, QC, Arch, Kernels> model;
    model.assign(quantize(calibrated));
    return model;
}

namespace detail {

inline std::string percent(double part, double whole) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2g %%", 100.0 * part / whole);
    return text;
}

inline void weight_findings(GraphView graph, const QuantizedParameters& q, std::vector<Finding>& all) {
    for (int layer = 0; layer < graph.count; ++layer) {
        const QuantizedLayer& l = q.layers[std::size_t(layer)];
        if (l.weight.empty()) continue;
        const std::string name(graph[layer].name.view());
        const std::size_t channels = l.bias.size(), row = l.weight.size() / channels;
        std::size_t dead = 0;
        for (std::size_t o = 0; o < channels; ++o) {
            const auto first = l.weight.begin() + std::ptrdiff_t(o * row);
            dead += std::all_of(first, first + std::ptrdiff_t(row), [](std::int8_t w) { return w == 0; }) ? 1 : 0;
        }
        if (dead > 0)
            all.push_back(
                {name, "dead channels",
                 std::to_string(dead) + " of " + std::to_string(channels) + " output channels have only zero weights"});
        if (l.saturated > 0)
            all.push_back({name, "saturated weights",
                           std::to_string(l.saturated) + " of " + std::to_string(l.weight.size()) +
                               " weights did not fit their scale and were clamped"});
    }
}

// Histogram observers clip on purpose, nearly everywhere and nearly nothing: one finding tells how much in all and
// where most; each tensor's share stands beside its histogram.
template <HasHistogram O>
void range_findings(GraphView graph, const Placement& placement, std::span<const O> observers,
                    std::vector<Finding>& all) {
    double seen = 0, clipped = 0, worst = 0;
    int tensors = 0, worst_at = 0;
    for (int i = 0; i < placement.count; ++i) {
        const HistogramView h = observers[std::size_t(i)].histogram();
        if (h.counts.empty()) continue;
        const double width = (double(h.max) - double(h.min)) / double(h.counts.size());
        double total = 0, outside = 0;
        for (std::size_t bin = 0; bin < h.counts.size(); ++bin) {
            const double middle = double(h.min) + (double(bin) + 0.5) * width;
            total += double(h.counts[bin]);
            outside += middle < double(h.chosen_min) || middle > double(h.chosen_max) ? double(h.counts[bin]) : 0.0;
        }
        seen += total;
        clipped += outside;
        tensors += outside > 0 ? 1 : 0;
        if (total > 0 && outside / total > worst) worst = outside / total, worst_at = i;
    }
    if (tensors == 0) return;
    const Name& name = graph[placement.owner[std::size_t(worst_at)]].name;
    all.push_back({"", "clipped ranges",
                   std::to_string(tensors) + " of " + std::to_string(placement.count) +
                       " tensors have values outside the chosen range: " + percent(clipped, seen) +
                       " of all, most in " + std::string(name.view()) + " (" + percent(worst, 1) + ")"});
}

}  // namespace detail

/// What the reader of a report must be told about a calibrated model: layers left in float, dead channels, saturated
/// weights, clipped ranges, and what calibration saw.
template <class Net, class QC, class Arch>
std::vector<Finding> findings(const CalibratedModel<Net, QC, Arch>& calibrated) {
    constexpr GraphView graph = Fused<Net>::graph;
    std::vector<Finding> all = calibrated.findings();
    for (int layer = 0; layer < graph.count; ++layer)
        if (graph[layer].op != Op::input && !QuantizedModel<Net, QC, Arch>::is_int8(layer))
            all.push_back({std::string(graph[layer].name.view()), "left in float", "its qconfig is none"});
    detail::weight_findings(graph, quantize(calibrated), all);
    if constexpr (HasHistogram<typename QC::activation>)
        detail::range_findings(graph, Placed<Net, typename QConfigs<QC>::precision>::placement, calibrated.observers(),
                               all);
    return all;
}

// Wrong order. Each of these exists only to say what to call first.

template <class Net, class Arch>
void prepare(const FloatModel<Net, Arch>&) {
    static_assert(detail::never<Net>, "octet: prepare needs a qconfig: octet::prepare<octet::qconfig::x86>(model)");
}
template <class QC, class Net, class OldQC, class Arch>
void prepare(const PreparedModel<Net, OldQC, Arch>&) {
    static_assert(detail::never<Net>, "octet: this model is prepared already: call octet::calibrate(model, images)");
}
template <class QC, class Net, class OldQC, class Arch, class Kernels>
void prepare(const QuantizedModel<Net, OldQC, Arch, Kernels>&) {
    static_assert(detail::never<Net>, "octet: this model is int8 already: octet::prepare needs a FloatModel");
}
template <class Net, class Arch, class... Rest>
void calibrate(const FloatModel<Net, Arch>&, Rest&&...) {
    static_assert(detail::never<Net>, "octet: calibrate needs observers: call octet::prepare<QConfig>(model) first");
}
template <class Net, class Arch>
void convert(const FloatModel<Net, Arch>&) {
    static_assert(detail::never<Net>,
                  "octet: convert needs a calibrated model: call octet::prepare<QConfig>(model), then "
                  "octet::calibrate(prepared, images) first");
}
template <class Net, class QC, class Arch>
void convert(const PreparedModel<Net, QC, Arch>&) {
    static_assert(detail::never<Net>,
                  "octet: convert needs a calibrated model: call octet::calibrate(prepared, images) "
                  "first");
}

}  // namespace octet
