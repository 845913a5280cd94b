// torch.ao.quantization.HistogramObserver as of PyTorch 1.13, bit for bit. The search for the clip range is that of
// 2.9; the histogram in which it searches is another:
//
//   - bins are counted over the range cut to whole numbers, [trunc(min), trunc(max)], and values outside are lost, but
//     later the counts are taken for those of [min, max]
//   - as long as all values were the same, each batch replaces those before it
//   - when the range grows, an old bin is cut into 128 parts, and a new one is as many of these as let both ends meet;
//     the upper end moves outwards for that
#pragma once

#include <cstdint>
#include <tuple>

#include "histogram_base.hpp"

namespace octet::torch_1_13 {

namespace detail {

using octet::detail::count_bins;

inline constexpr int parts_of_bin = 128;

/// The bin of torch.histc in 1.13: divides before it multiplies.
inline float bin_position(float distance, float width, float bins) { return distance / width * bins; }

/// Counts over [trunc(lo), trunc(hi)] or, if that is one number, over the range of the values.
inline std::vector<float> count_bins_truncated(std::span<const float> values, int bins, float lo, float hi) {
    lo = std::trunc(lo);
    hi = std::trunc(hi);
    if (lo == hi) std::tie(lo, hi) = octet::detail::finite_range(values);
    return count_bins<bin_position>(values, bins, lo, hi);
}

/// Counts moved to new bins of `parts` parts each, the first old bin beginning `start` parts behind the first new one.
inline std::vector<float> regroup(const std::vector<float>& counts, std::int64_t parts, std::int64_t start) {
    const auto all = static_cast<std::int64_t>(counts.size()) * parts_of_bin;
    std::vector<float> moved;
    moved.reserve(counts.size());
    double sum = 0.0;     // of all parts before the end of the new bin
    float before = 0.0f;  // the same one bin earlier, as PyTorch remembers it
    std::int64_t part = 0;
    for (std::int64_t end = parts - start; moved.size() < counts.size(); end += parts) {
        for (; part < std::min(end, all); ++part) sum += double(counts[std::size_t(part / parts_of_bin)]);
        moved.push_back(static_cast<float>((sum - double(before)) / parts_of_bin));
        before = static_cast<float>(sum);
    }
    return moved;
}

}  // namespace detail

/// The HistogramObserver of PyTorch 1.13. Where that one raises, this one goes on: infinite values are left out, and a
/// range that grows more than 2^33 times at once is regrouped as in 2.9.
template <QScheme Scheme = quint8_affine, int Bins = 2048>
class HistogramObserver : public octet::detail::HistogramBase<Scheme, Bins> {
public:
    /// NaN is the caller's to refuse.
    void observe(std::span<const float> values) {
        auto [lo, hi] = octet::detail::finite_range(values);
        if (lo > hi) return;
        if (this->empty() || this->min_ == this->max_) {
            this->counts_ = detail::count_bins_truncated(values, Bins, lo, hi);
            this->min_ = lo;
            this->max_ = hi;
            return;
        }
        lo = std::min(lo, this->min_);
        hi = std::max(hi, this->max_);
        const float part = (this->max_ - this->min_) / static_cast<float>(Bins * detail::parts_of_bin);
        const float part_of_each_bin = part * static_cast<float>(Bins);
        const float parts = std::ceil((hi - lo) / part_of_each_bin);
        if (!(parts < 0x1p40f)) {
            this->add(detail::count_bins_truncated(values, Bins, lo, hi), lo, hi);
            return;
        }
        hi += parts * part_of_each_bin - (hi - lo);
        const float start = std::nearbyint((this->min_ - lo) / part);
        const std::vector<float> counts = detail::count_bins_truncated(values, Bins, lo, hi);
        if (lo != this->min_ || hi != this->max_)
            this->counts_ = detail::regroup(this->counts_, std::int64_t(parts), std::int64_t(start));
        for (std::size_t i = 0; i < counts.size(); ++i) this->counts_[i] += counts[i];
        this->min_ = lo;
        this->max_ = hi;
    }
};

}  // namespace octet::torch_1_13
