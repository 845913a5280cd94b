// What PyTorch calls a qconfig: which observer watches activations, which one weights, and - what PyTorch
// leaves to the engine it happens to run on - the arithmetic the result is meant for.
#pragma once

#include "../numerics/fbgemm.hpp"
#include "histogram.hpp"
#include "moving_average_min_max.hpp"
#include "per_channel_min_max.hpp"

namespace octet {

/// A qconfig is any type with these three names; derive from this one and give it a `name`.
template <Observer ActivationObserver, WeightObserver WeightsObserver, class NumericsPolicy>
struct QConfig {
    using activation = ActivationObserver;
    using weight = WeightsObserver;
    using numerics = NumericsPolicy;
};

/// PyTorch's defaults by their names (torch.ao.quantization.get_default_qconfig).
namespace qconfig {

/// Server CPUs: histogram observer with 7-bit activations, per-channel symmetric weights.
struct fbgemm
    : QConfig<HistogramObserver<quint8_affine_reduced>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "fbgemm";
};

/// PyTorch's present default; the same observers as fbgemm. The arithmetic is FBGEMM's, which PyTorch's engine x86
/// uses for linear layers always and for convolutions where there is no VNNI.
struct x86 : fbgemm {
    static constexpr const char* name = "x86";
};

/// The observers of PyTorch's onednn: all 8 bits for activations. The arithmetic is FBGEMM's here, too.
struct onednn : QConfig<HistogramObserver<quint8_affine>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "onednn";
};

}  // namespace qconfig

}  // namespace octet
