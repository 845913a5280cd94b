// What PyTorch calls a qconfig: which observer watches activations, which one weights, and - what PyTorch
// leaves to the engine it happens to run on - the arithmetic the result is meant for.
#pragma once

#include "../numerics/fbgemm.hpp"
#include "../numerics/onednn.hpp"
#include "../numerics/qnnpack.hpp"
#include "../numerics/x86.hpp"
#include "histogram.hpp"
#include "moving_average_min_max.hpp"
#include "per_channel_min_max.hpp"

namespace octet {

/// A qconfig is any type with these three names; derive from this one and give it a `name` of its own: files are told
/// apart by it.
template <Observer ActivationObserver, WeightObserver WeightsObserver, class NumericsPolicy>
struct QConfig {
    using activation = ActivationObserver;
    using weight = WeightsObserver;
    using numerics = NumericsPolicy;
};

/// PyTorch's defaults by their names (torch.ao.quantization.get_default_qconfig), each with the arithmetic of the
/// engine of that name.
namespace qconfig {

/// Server CPUs: histogram observer with 7-bit activations, per-channel symmetric weights.
struct fbgemm
    : QConfig<HistogramObserver<quint8_affine_reduced>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "fbgemm";
};

/// PyTorch's present default; the same observers as fbgemm.
struct x86
    : QConfig<HistogramObserver<quint8_affine_reduced>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::X86> {
    static constexpr const char* name = "x86";
};

/// All 8 bits for activations.
struct onednn : QConfig<HistogramObserver<quint8_affine>, PerChannelMinMaxObserver<qint8_symmetric>, numerics::Onednn> {
    static constexpr const char* name = "onednn";
};

/// Phones: all 8 bits for activations, one scale for each weight.
struct qnnpack : QConfig<HistogramObserver<quint8_affine>, MinMaxObserver<qint8_symmetric>, numerics::Qnnpack> {
    static constexpr const char* name = "qnnpack";
};

/// torch.ao.quantization.default_qconfig: minimum and maximum only, 7-bit activations, one scale for each weight.
struct default_qconfig
    : QConfig<MinMaxObserver<quint8_affine_reduced>, MinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "default";
};

/// In a QConfigMapping, PyTorch's None: the layer stays in float.
struct none {
    static constexpr const char* name = "none";
};

}  // namespace qconfig

}  // namespace octet
