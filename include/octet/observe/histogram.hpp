// torch.ao.quantization.HistogramObserver as of PyTorch 2.9, bit for bit: a histogram whose range grows with
// the data, and a search for the clip range that loses least.
//
// How the histogram grows changed between releases (scales differ by up to 20%); histogram_1_13.hpp is an older one.
#pragma once

#include "histogram_base.hpp"

namespace octet {

/// `Bins` counts between the smallest and the largest value seen; qparams() clips that range so that the
/// estimated squared error of quantizing to 8 bits is least.
template <QScheme Scheme = quint8_affine, int Bins = 2048>
class HistogramObserver : public detail::HistogramBase<Scheme, Bins> {
public:
    /// Infinite values are left out, as in PyTorch; NaN is the caller's to refuse.
    void observe(std::span<const float> values) {
        auto [lo, hi] = detail::finite_range(values);
        if (lo > hi) return;
        if (!this->empty()) {
            lo = std::min(lo, this->min_);
            hi = std::max(hi, this->max_);
        }
        this->add(detail::count_bins(values, Bins, lo, hi), lo, hi);
    }
};

}  // namespace octet
