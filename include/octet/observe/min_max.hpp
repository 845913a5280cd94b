// torch.ao.quantization.MinMaxObserver: the smallest and largest value ever seen.
#pragma once

#include <limits>

#include "observer.hpp"

namespace octet {

namespace detail {
// Also what PyTorch's minimum and maximum observers refuse: its symmetric zero point, 128, is not one of 0 to 127.
template <QScheme Scheme>
constexpr bool check_min_max_scheme() {
    static_assert(!(Scheme.dtype == QDType::quint8 && Scheme.symmetric && Scheme.reduced),
                  "octet: quint8, symmetric, cannot be reduced; PyTorch's observer raises NotImplementedError for it");
    return check_scheme<Scheme>();
}
}  // namespace detail

/// Running minimum and maximum of a tensor. The simplest observer, and the one to copy.
template <QScheme Scheme = quint8_affine>
class MinMaxObserver {
    static_assert(detail::check_min_max_scheme<Scheme>());

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
