// torch.ao.quantization.FixedQParamsObserver: for tensors whose range is known beforehand.
#pragma once

#include <limits>

#include "float_argument.hpp"
#include "observer.hpp"

namespace octet {

/// Always the same quint8 scale and zero point, whatever it sees. 0 to 1 is <1.0 / 256, 0>; -1 to 1 <2.0 / 256, 128>.
template <FloatArgument Scale, int ZeroPoint>
class FixedQParamsObserver {
    static_assert(Scale.value > 0.0f && Scale.value <= std::numeric_limits<float>::max(),
                  "octet: FixedQParamsObserver: the scale must be finite and above 0");
    static_assert(0 <= ZeroPoint && ZeroPoint <= 255, "octet: FixedQParamsObserver: the zero point must be 0 to 255");

public:
    static constexpr QScheme scheme = quint8_affine;

    void observe(std::span<const float>) {}
    void merge(const FixedQParamsObserver&) {}
    QParams qparams() const { return {Scale.value, ZeroPoint}; }
};

}  // namespace octet
