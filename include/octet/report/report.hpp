// What came of quantizing a network: float and int8 side by side, layer by layer, range by range. This is
// only the data; text_report.hpp, json_report.hpp and html_report.hpp turn it into something to read.
//
// Nothing is silent: what went less than perfectly (a layer left in float, a saturated weight, a dead
// channel, a clipped range, a non-finite value seen in calibration) has its place in `findings`. What was
// not measured is NaN, shown as a dash and written as null, never as a number that looks measured.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../model/finding.hpp"
#include "roofline.hpp"

namespace octet {

/// The value of a number nobody measured.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// Milliseconds for one image, after warm-up.
struct Latency {
    double median_ms = not_measured;
    double min_ms = not_measured;
};

/// One side of the comparison.
struct Contender {
    double top1 = not_measured;  ///< fraction of the images whose largest logit is the label's
    Latency one_thread{};
    Latency all_threads{};
    std::uint64_t bytes = 0;            ///< size of the file; 0 where there is none
    std::uint64_t parameter_bytes = 0;  ///< what it becomes in memory, packed for the kernels
};

/// One operation of the network, in the order they run.
struct LayerReport {
    std::string name{};             ///< as in the weight file: "layer1.0.conv1"
    std::string type{};             ///< as PyTorch names it: "ConvReLU2d", "Linear", "AddReLU", ...
    std::string shape{};            ///< of its output, for people: "56x56x64"
    double sqnr_db = not_measured;  ///< of its output against the float network's
    float scale = 0.0f;
    int zero_point = 0;
    std::uint64_t macs = 0;  ///< multiplications for one image
    bool int8 = true;        ///< false: left in float
};

/// What an observer saw of one tensor, and the range that was chosen for it.
struct TensorHistogram {
    std::string name{};
    float min = 0.0f;  ///< the bins divide [min, max] evenly
    float max = 0.0f;
    std::vector<double> counts{};
    float range_min = 0.0f;  ///< what the integers can express; values outside are clipped
    float range_max = 0.0f;
    float scale = 0.0f;
    int zero_point = 0;
};

/// A test picture with what both networks took it for.
struct Example {
    std::string image{};  ///< a "data:image/..." URI (data_uri.hpp makes one); anything else is not shown
    std::string label{};  ///< what it is
    std::string float32{};
    std::string int8{};
};

/// All of it.
struct Report {
    std::string network{};
    std::string qconfig{};
    std::string arch{};     ///< the instruction set the kernels were built for
    std::string machine{};  ///< the processor, for people
    int threads = 1;        ///< what "all threads" means
    int images = 0;
    int classes = 0;
    Contender float32{};
    Contender int8{};
    double agreement = not_measured;      ///< fraction of the images both networks take for the same
    double logit_sqnr_db = not_measured;  ///< over all logits of all images
    std::uint64_t arena_bytes = 0;
    double coverage_macs = not_measured;  ///< percent of the multiplications done in int8
    std::vector<LayerReport> layers{};
    Profile profile{};  ///< of the int8 network; no layers: none was taken
    std::vector<TensorHistogram> tensors{};
    std::vector<Finding> findings{};
    std::vector<Example> examples{};
    std::string hash{};  ///< of graph, settings and calibration, as the int8 file carries it
};

/// How many times `before` is larger than `after`: 15 ms and 5 ms make 3. NaN where either is missing.
inline double times_less(double before, double after) {
    return before > 0 && after > 0 ? before / after : not_measured;
}

/// Indices of the `count` layers with the lowest SQNR, the worst first. Layers whose SQNR is not a number,
/// or infinite because nothing was lost, are not among them.
inline std::vector<std::size_t> worst_layers(const Report& report, std::size_t count = 5) {
    std::vector<std::size_t> order{};
    for (std::size_t i = 0; i < report.layers.size(); ++i)
        if (std::isfinite(report.layers[i].sqnr_db)) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return report.layers[a].sqnr_db < report.layers[b].sqnr_db; });
    if (order.size() > count) order.resize(count);
    return order;
}

}  // namespace octet
