// What the histogram observers of all PyTorch releases share: counts of equal bins, and the clip range found in them.
#pragma once

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "histogram_math.hpp"
#include "histogram_search.hpp"
#include "observer.hpp"

namespace octet::detail {

/// Smallest and largest finite value; the first is above the second where there is none.
inline std::pair<float, float> finite_range(std::span<const float> values) {
    float lo = std::numeric_limits<float>::infinity(), hi = -lo;
    for (const float x : values) {
        if (std::isinf(x)) continue;
        lo = std::min(lo, x);
        hi = std::max(hi, x);
    }
    return {lo, hi};
}

/// Everything of a histogram observer but observe.
template <QScheme Scheme, int Bins>
class HistogramBase {
    static_assert(check_scheme<Scheme>());
    static_assert(0 < Bins && Bins < 32768, "octet: a HistogramObserver has 1 to 32767 bins");

public:
    static constexpr QScheme scheme = Scheme;

    /// The other's counts, moved to the union of both ranges bin by bin. PyTorch has no such operation.
    void merge(const HistogramBase& other) {
        if (other.empty()) return;
        if (empty()) {
            *this = other;
            return;
        }
        const float lo = std::min(min_, other.min_), hi = std::max(max_, other.max_);
        add(rebin(other.counts_, other.min_, other.max_, lo, hi), lo, hi);
    }

    QParams qparams() const {
        const auto [lo, hi] = clip_range(counts_, min_, max_);
        return calculate_qparams(lo, hi, Scheme);
    }
    HistogramView histogram() const {
        const auto [lo, hi] = clip_range(counts_, min_, max_);
        return {counts_, min_, max_, lo, hi};
    }

protected:
    bool empty() const { return counts_.empty(); }

    // Adds counts over [lo, hi], a range that includes the present one.
    void add(const std::vector<float>& counts, float lo, float hi) {
        if (empty()) {
            counts_ = counts;
        } else {
            if (lo != min_ || hi != max_) counts_ = rebin(counts_, min_, max_, lo, hi);
            for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] = counts[i] + counts_[i];
        }
        min_ = lo;
        max_ = hi;
    }

    std::vector<float> counts_;
    float min_ = 0.0f, max_ = 0.0f;
};

}  // namespace octet::detail
