// What PyTorch calls a qconfig: which observer watches activations, which one weights, and - what PyTorch
// leaves to the engine it happens to run on - the arithmetic the result is meant for.
#pragma once

#include "../numerics/fbgemm.hpp"
#include "histogram.hpp"
#include "moving_average_min_max.hpp"
#include "per_channel_min_max.hpp"

namespace octet {

/// A qconfig is any type with these three names; derive from this one and give it a `name`.
template <Observer ActivationObserver, class WeightObserver, class NumericsPolicy>
struct QConfig {
    using activation = ActivationObserver;
    using weight = WeightObserver;
    using numerics = NumericsPolicy;
};

/// PyTorch's defaults by their names (torch.ao.quantization.get_default_qconfig).
namespace qconfig {

/// Server CPUs: histogram observer with 7-bit activations, per-channel symmetric weights.
struct fbgemm : QConfig<HistogramObserver<quint8_affine_reduced>, PerChannelMinMaxObserver<qint8_symmetric>,
                        numerics::Fbgemm> {
    static constexpr const char* name = "fbgemm";
};

/// PyTorch's present default; the same observers as fbgemm.
struct x86 : fbgemm {
    static constexpr const char* name = "x86";
};

/// All 8 bits for activations.
struct onednn
    : QConfig<HistogramObserver<quint8_affine>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "onednn";
};

}  // namespace qconfig

}  // namespace octet
