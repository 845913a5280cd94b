// A Report's parts that come from models: layers with their scales and SQNR, what each observer saw, how much
// of the network is int8. What must be measured on pictures - accuracy, latency - the caller adds.
#pragma once

#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "../io/model_file.hpp"
#include "../model/convert.hpp"
#include "layer_text.hpp"
#include "metrics.hpp"
#include "report.hpp"

namespace octet {

/// SQNR of every fused layer's result, int8 against float, over `images` (contiguous HWC floats). Both
/// networks run layer by layer, so that values which a forward pass keeps in registers are seen too.
template <class Net, class Numerics, class Arch>
std::vector<double> layer_sqnr(const FloatModel<Net, Arch>& reference, const Int8Program<Net, Numerics, Arch>& int8,
                               std::span<const float* const> images) {
    using Float = FloatForward<Fused<Net>, Arch>;
    using Int8 = Int8Forward<Fused<Net>, Placed<Net>, Numerics, Arch>;
    constexpr const Graph& g = Fused<Net>::graph;
    Workspace<Float> float_space;
    Workspace<Int8> int8_space;
    Serial serial;
    std::vector<Sqnr> sqnr(std::size_t(g.count));
    std::vector<float> expected, found;
    std::vector<std::uint8_t> integers;
    for (const float* image : images) {
        const FloatFrame ff{image, float_space.arena.data(), reference.parameters()};
        const Int8Frame qf = int8.frame(image, int8_space.arena.data());
        for (int node = 0; node < g.count; ++node) {
            const auto n = std::size_t(node), size = g[node].shape.size();
            step_table<Float, Serial>[n](ff, serial);
            step_table<Int8, Serial>[n](qf, serial);
            expected.resize(size);
            found.resize(size);
            integers.resize(size);
            kernels::gather(Float::plan.layout[n], Float::value(ff, node), expected.data());
            kernels::gather(Int8::plan.layout[n], Int8::value(qf, node), integers.data());
            const QParams p = int8.qparams(node);
            for (std::size_t i = 0; i < size; ++i) found[i] = Numerics::dequantize(integers[i], p);
            sqnr[n].add(expected, found);
        }
    }
    std::vector<double> db;
    for (const Sqnr& s : sqnr) db.push_back(s.db());
    return db;
}

/// One LayerReport per fused layer, in execution order. `qparams` is by observer.
inline std::vector<LayerReport> report_layers(const Graph& g, const Placement& placement,
                                              std::span<const QParams> qparams, std::span<const double> sqnr_db) {
    std::vector<LayerReport> layers;
    for (int i = 0; i < g.count; ++i) {
        const QParams q = qparams[std::size_t(placement.observer[std::size_t(i)])];
        layers.push_back({std::string(g[i].name.view()), layer_type(g[i]), shape_text(g[i].shape),
                          sqnr_db[std::size_t(i)], q.scale, q.zero_point, macs(g, i), true});
    }
    return layers;
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
std::vector<TensorHistogram> report_tensors(const Graph& g, const Placement& placement, std::span<const O> observers,
                                            std::span<const QParams> qparams) {
    std::vector<TensorHistogram> tensors;
    if constexpr (HasHistogram<O>)
        for (int i = 0; i < placement.count; ++i) {
            const HistogramView h = observers[std::size_t(i)].histogram();
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

/// The processor's name, for people; "unknown processor" where the system does not tell.
inline std::string machine_name() {
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);)
        if (line.starts_with("model name"))
            if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
    return "unknown processor";
}

}  // namespace octet
