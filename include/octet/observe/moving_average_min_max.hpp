// torch.ao.quantization.MovingAverageMinMaxObserver: the range drifts towards that of each batch,
//
//     min <- min + c (min(batch) - min),    c = 0.01;    the first batch sets it.
#pragma once

#include "min_max.hpp"

namespace octet {

/// Exponential moving average of each batch's minimum and maximum.
template <QScheme Scheme = quint8_affine>
class MovingAverageMinMaxObserver {
public:
    static constexpr QScheme scheme = Scheme;
    static constexpr float averaging_constant = 0.01f;

    void observe(std::span<const float> values) {
        if (values.empty()) return;
        MinMaxObserver<Scheme> batch;
        batch.observe(values);
        if (min_ > max_) {
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

private:
    float min_ = std::numeric_limits<float>::infinity();
    float max_ = -std::numeric_limits<float>::infinity();
};

}  // namespace octet
