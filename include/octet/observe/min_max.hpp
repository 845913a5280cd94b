// torch.ao.quantization.MinMaxObserver: the smallest and largest value ever seen.
#pragma once

#include <limits>

#include "observer.hpp"

namespace octet {

/// Running minimum and maximum of a tensor. The simplest observer, and the one to copy.
template <QScheme Scheme = quint8_affine>
class MinMaxObserver {
public:
    static constexpr QScheme scheme = Scheme;

    void observe(std::span<const float> values) {
        for (const float x : values) {
            min_ = std::min(min_, x);
            max_ = std::max(max_, x);
        }
    }
    void merge(const MinMaxObserver& other) {
        min_ = std::min(min_, other.min_);
        max_ = std::max(max_, other.max_);
    }
    QParams qparams() const { return calculate_qparams(min_, max_, Scheme); }

    float min() const { return min_; }
    float max() const { return max_; }

private:
    float min_ = std::numeric_limits<float>::infinity();
    float max_ = -std::numeric_limits<float>::infinity();
};

}  // namespace octet
