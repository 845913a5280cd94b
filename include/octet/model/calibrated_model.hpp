// State 3 of 4: every range is known.
//
// Calibration runs the float network on a few dozen images, a batch at a time, and shows each observer its
// tensor: all images of the batch as one, as PyTorch does, in the order of the graph.
#pragma once

#include <cmath>
#include <functional>  // host
#include <iterator>
#include <string>  // host
#include <type_traits>

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

    using precision = typename QConfigs<QC>::precision;

    using AllQParams = std::array<QParams, std::size_t(Placed<Net, precision>::placement.count)>;

    CalibratedModel(PreparedModel<Net, QC, Arch> prepared, const AllQParams& qparams, int images,
                    std::vector<Finding> findings)  // host
        : prepared_(std::move(prepared)), qparams_(qparams), images_(images), findings_(std::move(findings)) {}

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
    AllQParams qparams_{};
    int images_ = 0;
    std::vector<Finding> findings_;  // host
};

/// Options of calibrate.
struct Calibration {
    int batch = 10;                               ///< images an observer sees at once
    std::function<void(int done)> progress = {};  ///< called after each batch with the images done so far
};

namespace detail {

/// What calibration saw that it should not have seen, or should have seen and did not.
class Oddities {
public:
    /// Counts a node's values; a NaN is an error.
    void see(GraphView graph, const Placement& placement, int node, std::span<const float> values, int first_image,
             int images) {
        std::size_t finite = 0;
        for (const float x : values) finite += std::isfinite(x) ? 1 : 0;
        if (const int observer = placement.seen_by[std::size_t(node)]; observer >= 0)
            finite_[std::size_t(observer)] += finite;
        if (finite == values.size()) return;
        for (const float x : values)
            if (std::isnan(x))
                fail(graph[node].name, "holds a NaN for one of images " + std::to_string(first_image) + " to " +
                                           std::to_string(first_image + images - 1) +
                                           "; expected finite values. Check the weights and the preprocessing.");
        infinite_[std::size_t(node)] += values.size() - finite;
    }
    /// Every observer must have seen something before it is asked for a scale, ...
    void check_seen(GraphView graph, const Placement& placement, int observer) const {
        const Name& name = graph[placement.owner[std::size_t(observer)]].name;
        if (finite_[std::size_t(observer)] == 0) fail(name, "held no finite value in any image; expected some.");
    }
    /// ... and the scale must be one.
    static void check(GraphView graph, const Placement& placement, int observer, QParams p) {
        const Name& name = graph[placement.owner[std::size_t(observer)]].name;
        if (!std::isfinite(p.scale) || p.scale <= 0 || p.zero_point < 0 || p.zero_point > 255)
            fail(name, "got scale " + std::to_string(p.scale) + " and zero point " + std::to_string(p.zero_point) +
                           " from its observer; expected a finite scale above 0 and a zero point of 0 to 255.");
    }
    std::vector<Finding> findings(GraphView graph) const {  // host
        std::vector<Finding> all;
        for (int node = 0; node < graph.count; ++node)
            if (infinite_[std::size_t(node)] > 0)
                all.push_back(
                    {std::string(graph[node].name.view()), "infinite values",
                     std::to_string(infinite_[std::size_t(node)]) + " values seen in calibration were infinite"});
        return all;
    }

private:
    [[noreturn]] static void fail(const Name& tensor, const std::string& what) {
        throw Error("octet: calibration: tensor " + std::string(tensor.view()) + " " + what);  // host
    }

    std::array<std::size_t, Graph::max_nodes> finite_{}, infinite_{};
};

// What calibration works on, without types: the graph, its forward pass node by node, and the observers. `Alone`:
// what runs a step on one thread.
template <Executor Alone>
struct CalibrationTables {
    GraphView graph;
    const Placement& placement;
    StepList<Alone> pass;
    std::function<void(int, std::span<const float>)> observe;  // shows an observer its tensor
    std::function<QParams(int)> qparams;
};

// Runs batches of images through the float network, node by node, and shows each node's results - gaps left out, the
// images of the batch one behind the other - to its observer.
template <Executor Alone>
class CalibrationRun {
public:
    explicit CalibrationRun(CalibrationTables<Alone> tables) : tables_(std::move(tables)) {}

    int done() const { return done_; }

    // `frames`: one for each image, in an arena of its own.
    template <Executor E>
    void batch(std::span<const Frame> frames, E& executor) {
        const StepList<Alone>& pass = tables_.pass;
        for (std::size_t node = 0; node < pass.steps.size(); ++node) {
            const std::size_t size = pass.values[node].layout.shape.size();
            values_.resize(std::max(values_.size(), size * frames.size()));
            executor.for_each(int(frames.size()), [&](int begin, int end) {
                auto alone = one_thread<Alone>();
                for (auto i = std::size_t(begin); i < std::size_t(end); ++i) {
                    pass.steps[node](frames[i], alone);
                    pass.read(frames[i], pass.values[node], values_.data() + i * size);
                }
            });
            show(int(node), std::span<const float>(values_.data(), size * frames.size()), int(frames.size()));
        }
        done_ += int(frames.size());
    }

    // The scales, each checked.
    void finish(std::span<QParams> qparams) const {
        if (done_ == 0)
            throw Error("octet: calibrate got no images; expected about 100 like those the network will see");  // host
        for (int i = 0; i < tables_.placement.count; ++i) {
            oddities_.check_seen(tables_.graph, tables_.placement, i);
            qparams[std::size_t(i)] = tables_.qparams(i);
            oddities_.check(tables_.graph, tables_.placement, i, qparams[std::size_t(i)]);
        }
    }
    std::vector<Finding> findings() const { return oddities_.findings(tables_.graph); }  // host

private:
    void show(int node, std::span<const float> values, int images) {
        oddities_.see(tables_.graph, tables_.placement, node, values, done_, images);
        if (const int observer = tables_.placement.seen_by[std::size_t(node)]; observer >= 0)
            tables_.observe(observer, values);
    }

    CalibrationTables<Alone> tables_;
    Oddities oddities_;
    std::vector<float> values_;  // host
    int done_ = 0;
};

}  // namespace detail

/// Shows `images` to the observers: a range of xtensor containers, HWC float, of the network's input shape. A range
/// that makes its images as it goes (std::views::transform) is never held whole. Throws octet::Error when there is
/// no image, when a tensor holds a NaN or nothing finite, or when an observer gives an impossible scale; infinite
/// values are findings.
template <class Net, class QC, class Arch, class Images, Executor E = Serial>
CalibratedModel<Net, QC, Arch> calibrate(PreparedModel<Net, QC, Arch> prepared, const Images& images,
                                         const Calibration& options = {}, E&& executor = E{}) {
    using Pass = Forward<Fused<Net>, void, Arch>;
    constexpr const Placement& placement = PreparedModel<Net, QC, Arch>::placement;
    constexpr bool made_on_the_way = !std::is_lvalue_reference_v<decltype(*std::begin(images))>;
    const auto most = std::size_t(std::max(options.batch, 1));
    const std::span observers = prepared.observers();
    using Alone = typename Pass::default_executor;
    detail::CalibrationRun<Alone> run({Fused<Net>::graph, placement, step_list<Pass, Alone>(),
                                       [=](int i, std::span<const float> v) { observers[std::size_t(i)].observe(v); },
                                       [=](int i) { return observers[std::size_t(i)].qparams(); }});
    std::vector<Workspace<Pass>> workspaces(most);                         // host
    std::vector<Frame> batch;                                              // host
    std::vector<std::remove_cvref_t<decltype(*std::begin(images))>> held;  // host
    const auto add = [&](const float* image) {
        batch.push_back({image, workspaces[batch.size()].arena.data(), prepared.float_model().parameters()});
    };
    const auto flush = [&] {
        if (batch.empty()) return;
        run.batch(batch, executor);
        batch.clear();
        held.clear();
        if (options.progress) options.progress(run.done());
    };
    held.reserve(made_on_the_way ? most : 0);
    for (auto&& image : images) {
        if constexpr (made_on_the_way) {
            held.push_back(std::move(image));
            add(image_data<FloatModel<Net, Arch>::input_shape>(held.back()));
        } else {
            add(image_data<FloatModel<Net, Arch>::input_shape>(image));
        }
        if (batch.size() == most) flush();
    }
    flush();
    typename CalibratedModel<Net, QC, Arch>::AllQParams qparams;
    run.finish(qparams);
    return {std::move(prepared), qparams, run.done(), run.findings()};
}

}  // namespace octet
