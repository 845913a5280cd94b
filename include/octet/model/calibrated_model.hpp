// State 3 of 4: every range is known.
//
// Calibration runs the float network on a few dozen images, a batch at a time, and shows each observer its
// tensor: all images of the batch as one, as PyTorch does, in the order of the graph.
#pragma once

#include <cmath>
#include <functional>  // host
#include <string>      // host

#include "finding.hpp"
#include "prepared_model.hpp"

namespace octet {

/// A prepared network whose observers have seen data. Next: octet::convert.
template <class Net, class QC, class Arch>
class CalibratedModel {
public:
    using network = Net;
    using qconfig = QC;
    using architecture = Arch;

    CalibratedModel(PreparedModel<Net, QC, Arch> prepared, int images, std::vector<Finding> findings)  // host
        : prepared_(std::move(prepared)), images_(images), findings_(std::move(findings)) {
        for (std::size_t i = 0; i < qparams_.size(); ++i) qparams_[i] = prepared_.observers()[i].qparams();
    }

    const FloatModel<Net, Arch>& float_model() const { return prepared_.float_model(); }
    std::span<const QParams> qparams() const { return qparams_; }
    std::span<const typename QC::activation> observers() const { return prepared_.observers(); }
    /// Scale and zero point of observer `i`.
    QParams qparams(int i) const { return qparams_[std::size_t(i)]; }
    int images() const { return images_; }
    /// What calibration saw that it should not have seen.
    const std::vector<Finding>& findings() const { return findings_; }  // host

private:
    PreparedModel<Net, QC, Arch> prepared_;
    std::array<QParams, std::size_t(Placed<Net>::placement.count)> qparams_{};
    int images_ = 0;
    std::vector<Finding> findings_;  // host
};

/// Options of calibrate.
struct Calibration {
    int batch = 10;                              ///< images an observer sees at once
    std::function<void(int done)> progress = {}; ///< called after each batch with the images done so far
};

namespace detail {

// Runs batches of images through the float network, node by node, and shows each node's results - gaps left
// out, the images of the batch one behind the other - to `see(node, values)`.
template <class Net, class Arch>
class BatchRun {
public:
    using Forward = FloatForward<Fused<Net>, Arch>;

    explicit BatchRun(std::size_t batch) : arenas_(batch) {}

    template <Executor E, class See>
    void operator()(const FloatModel<Net, Arch>& model, std::span<const float* const> images, E& executor, See see) {
        for (int node = 0; node < Forward::graph.count; ++node) {
            const std::size_t size = Forward::graph[node].shape.size();
            values_.resize(std::max(values_.size(), size * images.size()));
            executor.for_each(int(images.size()), [&](int begin, int end) {
                Serial serial;
                for (auto i = std::size_t(begin); i < std::size_t(end); ++i) {
                    const typename Forward::Frame frame{images[i], arenas_[i].data(), model.parameters()};
                    step_table<Forward, Serial>[std::size_t(node)](frame, serial);
                    kernels::gather(Forward::plan.layout[std::size_t(node)], Forward::value(frame, node),
                                    values_.data() + i * size);
                }
            });
            see(node, std::span<const float>(values_.data(), size * images.size()));
        }
    }

private:
    std::vector<Block<Forward::plan.bytes>> arenas_;
    std::vector<float> values_;
};

/// What calibration saw of each node that it should not have seen.
class Oddities {
public:
    void see(const Graph& graph, int node, std::span<const float> values, int first_image, int images) {
        std::size_t not_finite = 0;
        for (const float x : values) not_finite += std::isfinite(x) ? 0 : 1;
        if (not_finite == 0) return;
        for (const float x : values)
            if (std::isnan(x))
                throw Error("octet: calibration: tensor " + std::string(graph[node].name.view()) +  // host
                            " holds a NaN for one of images " + std::to_string(first_image) + " to " +
                            std::to_string(first_image + images - 1) +
                            "; expected finite values. Check the weights and the preprocessing.");
        infinite_[std::size_t(node)] += not_finite;
    }
    std::vector<Finding> findings(const Graph& graph) const {  // host
        std::vector<Finding> all;
        for (int node = 0; node < graph.count; ++node)
            if (infinite_[std::size_t(node)] > 0)
                all.push_back({std::string(graph[node].name.view()), "infinite values",
                               std::to_string(infinite_[std::size_t(node)]) + " values seen in calibration were infinite"});
        return all;
    }

private:
    std::array<std::size_t, Graph::max_nodes> infinite_{};
};

// Shows `images` to the observers and returns their number.
template <class Net, class Arch, class O, Executor E>
int run_calibration(const FloatModel<Net, Arch>& model, std::span<O> observers, std::span<const float* const> images,
                    const Calibration& options, E& executor, Oddities& oddities) {
    constexpr const Graph& graph = fused_graph_of<Net>();
    if (images.empty())
        throw Error("octet: calibrate got no images; expected about 100 like those the network will see");  // host
    const auto most = std::size_t(std::max(options.batch, 1));
    BatchRun<Net, Arch> run(most);
    for (std::size_t done = 0; done < images.size();) {
        const auto batch = images.subspan(done, std::min(most, images.size() - done));
        run(model, batch, executor, [&](int node, std::span<const float> values) {
            oddities.see(graph, node, values, int(done), int(batch.size()));
            observers[std::size_t(Placed<Net>::placement.observer[std::size_t(node)])].observe(values);
        });
        done += batch.size();
        if (options.progress) options.progress(int(done));
    }
    return int(images.size());
}

}  // namespace detail

/// Shows `images` (a range of xtensor containers, HWC float, of the network's input shape) to the observers.
/// Throws octet::Error when there is no image, or when a tensor holds a NaN; infinite values are left out by
/// the observers and reported as findings.
template <class Net, class QC, class Arch, class Images, Executor E = Serial>
CalibratedModel<Net, QC, Arch> calibrate(PreparedModel<Net, QC, Arch> prepared, const Images& images,
                                         const Calibration& options = {}, E&& executor = E{}) {
    std::vector<const float*> pointers;  // host
    for (const auto& image : images) pointers.push_back(image_data<FloatModel<Net, Arch>::input_shape>(image));
    detail::Oddities oddities;
    const int count = detail::run_calibration<Net, Arch>(prepared.float_model(), prepared.observers(), pointers, options,
                                                         executor, oddities);
    return {std::move(prepared), count, oddities.findings(fused_graph_of<Net>())};
}

}  // namespace octet
