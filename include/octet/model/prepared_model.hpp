// State 2 of 4: a float network with an observer at every place whose range must be known.
#pragma once

#include <string_view>
#include <utility>
#include <vector>  // host

#include "../observe/qconfig_mapping.hpp"
#include "float_model.hpp"

namespace octet {

namespace detail {
// Whether an observer that names its scheme has one that `test` accepts.
template <class O, class Test>
constexpr bool scheme_is(Test test) {
    if constexpr (requires { O::scheme; }) return test(O::scheme);
    return true;
}
template <class QC>
constexpr bool schemes_fit() {
    static_assert(scheme_is<typename QC::activation>([](QScheme s) { return s.range.min >= 0 && s.range.max <= 255; }),
                  "octet: activations are quint8: the activation observer's range must lie in 0 to 255");
    static_assert(scheme_is<typename QC::weight>([](QScheme s) { return s.symmetric && s.range.min < 0; }),
                  "octet: weights are qint8 with zero point 0: the weight observer must be symmetric and signed");
    return true;
}
template <class... QC>
constexpr bool all_schemes_fit(std::type_identity<std::tuple<QC...>>) {
    return (schemes_fit<QC>() && ...);
}
}  // namespace detail

/// A FloatModel with the observers of `QC`, a qconfig or a QConfigMapping. Next: octet::calibrate.
template <class Net, class QC, class Arch>
class PreparedModel {
public:
    using network = Net;
    using qconfig = QC;
    using architecture = Arch;
    using observer = typename QC::activation;
    using precision = typename QConfigs<QC>::precision;
    static_assert(Observer<observer>,
                  "octet: a qconfig's activation observer needs observe, merge and qparams "
                  "(observe/observer.hpp)");
    static_assert(detail::all_schemes_fit(std::type_identity<typename QConfigs<QC>::all>{}));
    static_assert(
        requires { std::string_view(QC::name); },
        "octet: a qconfig needs a name, which its files carry: static constexpr const char* name = \"...\"");
    static constexpr const Placement& placement = Placed<Net, precision>::placement;
    static_assert(numerics::Policy<typename QC::numerics>,
                  "octet: a qconfig's numerics need a name, layer<LayerKind> and elementwise (numerics/policy.hpp)");

    explicit PreparedModel(FloatModel<Net, Arch> model) : model_(std::move(model)) {
        for (int i = 0; i < placement.count; ++i)
            with_qconfig<QC>(placement.qconfig[std::size_t(i)],
                             [&]<class Chosen>() { observers_.push_back(observer(typename Chosen::activation{})); });
    }

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
