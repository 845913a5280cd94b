// A Report's parts that come from models: layers with their scales and SQNR, what each observer saw, how much
// of the network is int8. What must be measured on pictures - accuracy, latency - the caller adds.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "../model/calibrated_model.hpp"
#include "../model/float_model.hpp"
#include "../model/quantized_model.hpp"
#include "layer_text.hpp"
#include "metrics.hpp"
#include "report.hpp"

namespace octet {

namespace detail {

using FrameOf = std::function<Frame(const float*)>;  // of an image

template <Executor Alone>
std::vector<double> layer_sqnr(const StepList<Alone>& float32, const FrameOf& float32_frame,
                               const StepList<Alone>& int8, const FrameOf& int8_frame,
                               std::span<const float* const> images) {
    auto alone = one_thread<Alone>();
    std::vector<Sqnr> sqnr(float32.steps.size());
    std::vector<float> expected, found;
    for (const float* image : images) {
        const Frame ff = float32_frame(image), qf = int8_frame(image);
        for (std::size_t node = 0; node < int8.steps.size(); ++node) {
            int8.steps[node](qf, alone);
            const ValuePlace& value = int8.values[node];
            if (value.layer < 0) continue;
            const auto layer = std::size_t(value.layer);
            float32.steps[layer](ff, alone);
            expected.resize(value.layout.shape.size());
            found.resize(value.layout.shape.size());
            float32.read(ff, float32.values[layer], expected.data());
            int8.read(qf, value, found.data());
            sqnr[layer].add(expected, found);
        }
    }
    std::vector<double> db;
    for (const Sqnr& s : sqnr) db.push_back(s.db());
    return db;
}

}  // namespace detail

/// SQNR of every fused layer's result, int8 against float, over `images` (contiguous HWC floats). Both
/// networks run layer by layer, so that values which a forward pass keeps in registers are seen too.
template <class Net, class Precision, class Numerics, class Arch, class Kernels>
std::vector<double> layer_sqnr(const FloatModel<Net, Arch>& reference,
                               const Int8Program<Net, Precision, Numerics, Arch, Kernels>& int8,
                               std::span<const float* const> images) {
    using Float = Forward<Fused<Net>, void, Arch>;
    using Int8 = typename Int8Program<Net, Precision, Numerics, Arch, Kernels>::layerwise;
    Workspace<Float> float_space;
    Workspace<Int8> int8_space;
    const auto float_frame = [&](const float* image) {
        return Frame{image, float_space.arena.data(), reference.parameters()};
    };
    const auto int8_frame = [&](const float* image) { return int8.frame(image, int8_space.arena.data()); };
    using Alone = typename Int8::default_executor;
    return detail::layer_sqnr(step_list<Float, Alone>(), float_frame, step_list<Int8, Alone>(), int8_frame, images);
}

/// One LayerReport per fused layer, in execution order. `qconfig_of` and `placement` are by fused layer, `qparams` by
/// observer. A layer left in float has scale 0.
inline std::vector<LayerReport> report_layers(GraphView g, const QConfigOf& qconfig_of, const Placement& placement,
                                              std::span<const QParams> qparams, std::span<const double> sqnr_db) {
    std::vector<LayerReport> layers;
    for (int i = 0; i < g.count; ++i) {
        const bool is_int8 = qconfig_of[std::size_t(i)] >= 0;
        const QParams q = is_int8 ? qparams[std::size_t(placement.observer[std::size_t(i)])] : QParams{};
        layers.push_back({std::string(g[i].name.view()), layer_type(g[i]), shape_text(g[i].shape),
                          sqnr_db[std::size_t(i)], q.scale, q.zero_point, macs(g, i), is_int8});
    }
    return layers;
}
template <class Net, class Precision, class Numerics, class Arch, class Kernels>
std::vector<LayerReport> report_layers(const Int8Program<Net, Precision, Numerics, Arch, Kernels>& int8,
                                       std::span<const double> sqnr_db) {
    return report_layers(int8.graph, Placed<Net, Precision>::qconfig_of, int8.placement, int8.qparams(), sqnr_db);
}

/// Share of the multiplications that int8 kernels do, in percent.
inline double coverage_macs(std::span<const LayerReport> layers) {
    std::uint64_t all = 0, int8 = 0;
    for (const LayerReport& l : layers) {
        all += l.macs;
        int8 += l.int8 ? l.macs : 0;
    }
    return all == 0 ? 100.0 : 100.0 * double(int8) / double(all);
}

/// What the observers saw, with the ranges they chose. Empty for observers that keep no histogram.
template <Observer O>
std::vector<TensorHistogram> report_tensors(GraphView g, const Placement& placement, std::span<const O> observers,
                                            std::span<const QParams> qparams) {
    std::vector<TensorHistogram> tensors;
    if constexpr (HasHistogram<O>)
        for (int i = 0; i < placement.count; ++i) {
            const HistogramView h = observers[std::size_t(i)].histogram();
            if (h.counts.empty()) continue;
            const QParams q = qparams[std::size_t(i)];
            tensors.push_back({std::string(g[placement.owner[std::size_t(i)]].name.view()),
                               h.min,
                               h.max,
                               {h.counts.begin(), h.counts.end()},
                               h.chosen_min,
                               h.chosen_max,
                               q.scale,
                               q.zero_point});
        }
    return tensors;
}

/// The same of a calibrated model.
template <class Net, class QC, class Arch>
std::vector<TensorHistogram> report_tensors(const CalibratedModel<Net, QC, Arch>& calibrated) {
    return report_tensors(Fused<Net>::graph, Placed<Net, typename QConfigs<QC>::precision>::placement,
                          calibrated.observers(), calibrated.qparams());
}

}  // namespace octet
