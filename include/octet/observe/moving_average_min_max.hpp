// torch.ao.quantization.MovingAverageMinMaxObserver: the range drifts towards that of each batch,
//
//     min <- min + c (min(batch) - min),    the same for max;    the first batch sets them.
#pragma once

#include "float_argument.hpp"
#include "min_max.hpp"

namespace octet {

/// Exponential moving average of each batch's minimum and maximum. The constant c is PyTorch's averaging_constant.
template <QScheme Scheme = quint8_affine, FloatArgument AveragingConstant = 0.01>
class MovingAverageMinMaxObserver {
    static_assert(detail::check_min_max_scheme<Scheme>());

public:
    static constexpr QScheme scheme = Scheme;
    static constexpr float averaging_constant = AveragingConstant.value;

    void observe(std::span<const float> values) {
        if (values.empty()) return;
        MinMaxObserver<Scheme> batch;
        batch.observe(values);
        if (empty()) {
            min_ = batch.min();
            max_ = batch.max();
        } else {
            min_ += averaging_constant * (batch.min() - min_);
            max_ += averaging_constant * (batch.max() - max_);
        }
    }
    /// Averages depend on the order of the batches and have no exact merge; the wider range is kept.
    void merge(const MovingAverageMinMaxObserver& other) {
        min_ = std::min(min_, other.min_);
        max_ = std::max(max_, other.max_);
    }
    QParams qparams() const { return calculate_qparams(min_, max_, Scheme); }

    float min() const { return min_; }
    float max() const { return max_; }

private:
    static constexpr float infinity = std::numeric_limits<float>::infinity();

    bool empty() const { return min_ == infinity && max_ == -infinity; }

    float min_ = infinity, max_ = -infinity;
};

}  // namespace octet
