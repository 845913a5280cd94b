// State 2 of 4: a float network with an observer at every place whose range must be known.
#pragma once

#include <array>
#include <memory>   // host
#include <utility>

#include "../observe/observer.hpp"
#include "float_model.hpp"

namespace octet {

/// A FloatModel with the observers of qconfig `QC`. Next: octet::calibrate.
template <class Net, class QC, class Arch>
class PreparedModel {
public:
    using network = Net;
    using qconfig = QC;
    using architecture = Arch;
    using observer = typename QC::activation;
    static_assert(Observer<observer>, "octet: a qconfig's activation observer needs observe, merge and qparams "
                                      "(observe/observer.hpp)");
    static constexpr const Placement& placement = Placed<Net>::placement;

    explicit PreparedModel(FloatModel<Net, Arch> model) : model_(std::move(model)), observers_(std::size_t(placement.count)) {}

    const FloatModel<Net, Arch>& float_model() const { return model_; }
    std::span<observer> observers() { return observers_; }
    std::span<const observer> observers() const { return observers_; }

private:
    FloatModel<Net, Arch> model_;
    std::vector<observer> observers_;  // host
};

/// Places observers: batch norms are folded, ReLUs fused, one observer sits on the image and behind every
/// operation that makes new numbers (graph/placement.hpp). `prepare<octet::qconfig::x86>(model)`.
template <class QC, class Net, class Arch>
PreparedModel<Net, QC, Arch> prepare(FloatModel<Net, Arch> model) {
    return PreparedModel<Net, QC, Arch>(std::move(model));
}

}  // namespace octet
