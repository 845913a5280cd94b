// torch.ao.quantization.HistogramObserver as of PyTorch 2.9, bit for bit: a histogram whose range grows with
// the data, and a search for the clip range that loses least.
//
// PyTorch's search is a heuristic and its details changed between releases (scales differ by up to 20%); this is
// the one of 2.9. Everything is float32 unless a comment says otherwise; the order of every sum matters.
#pragma once

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "histogram_math.hpp"
#include "observer.hpp"

namespace octet {

/// `Bins` counts between the smallest and the largest value seen; qparams() clips that range so that the
/// estimated squared error of quantizing to 8 bits is least.
template <QScheme Scheme = quint8_affine, int Bins = 2048>
class HistogramObserver {
public:
    static constexpr QScheme scheme = Scheme;

    /// Infinite values are left out, as in PyTorch; NaN is the caller's to refuse.
    void observe(std::span<const float> values) {
        float lo = std::numeric_limits<float>::infinity(), hi = -lo;
        for (const float x : values) {
            if (std::isinf(x)) continue;
            lo = std::min(lo, x);
            hi = std::max(hi, x);
        }
        if (lo > hi) return;
        if (!empty()) {
            lo = std::min(lo, min_);
            hi = std::max(hi, max_);
        }
        add(detail::count_bins(values, Bins, lo, hi), lo, hi);
    }

    /// The other's counts, moved to the union of both ranges bin by bin. PyTorch has no such operation.
    void merge(const HistogramObserver& other) {
        if (other.empty()) return;
        if (empty()) {
            *this = other;
            return;
        }
        const float lo = std::min(min_, other.min_), hi = std::max(max_, other.max_);
        add(detail::rebin(other.counts_, other.min_, other.max_, lo, hi), lo, hi);
    }

    QParams qparams() const {
        const auto [lo, hi] = search();
        return calculate_qparams(lo, hi, Scheme);
    }
    HistogramView histogram() const {
        const auto [lo, hi] = search();
        return {counts_, min_, max_, lo, hi};
    }

private:
    bool empty() const { return counts_.empty(); }

    // Adds counts over [lo, hi], a range that includes the present one.
    void add(const std::vector<float>& counts, float lo, float hi) {
        if (empty()) {
            counts_ = counts;
        } else {
            if (lo != min_ || hi != max_) counts_ = detail::rebin(counts_, min_, max_, lo, hi);
            for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] = counts[i] + counts_[i];
        }
        min_ = lo;
        max_ = hi;
    }

    // Walks both ends inwards by quantiles of 1e-5, always the end whose next quantile is farther away, for as
    // long as the estimated error falls.
    std::pair<float, float> search() const {
        if (empty()) return {0.0f, 0.0f};
        const float width = (max_ - min_) / static_cast<float>(Bins);
        const double total = detail::torch_sum(counts_);
        const std::vector<float> cumulative = detail::cumulative_sum(counts_);
        const double step = 1e-5;
        double alpha = 0.0, beta = 1.0, best = std::numeric_limits<double>::infinity();
        int first = 0, last = Bins - 1;
        while (alpha < beta) {
            const double next_alpha = alpha + step, next_beta = beta - step;
            int l = first, r = last;
            while (l < last && cumulative[std::size_t(l)] < static_cast<float>(next_alpha * total)) ++l;
            while (r > first && cumulative[std::size_t(r)] > static_cast<float>(next_beta * total)) --r;
            int candidate_first = first, candidate_last = last;
            if (l - first > last - r) {
                candidate_first = l;
                alpha = next_alpha;
            } else {
                candidate_last = r;
                beta = next_beta;
            }
            if (candidate_first == first && candidate_last == last) continue;
            const double error = detail::quantization_error(counts_, min_, max_, candidate_first, candidate_last);
            if (error > best) break;
            best = error;
            first = candidate_first;
            last = candidate_last;
        }
        return {min_ + width * static_cast<float>(first), min_ + width * static_cast<float>(last + 1)};
    }

    std::vector<float> counts_;
    float min_ = 0.0f, max_ = 0.0f;
};

}  // namespace octet
