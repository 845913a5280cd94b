// A histogram made fit for a plot a few centimetres wide: empty ends cut off, neighbouring bins added up.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "report.hpp"

namespace octet {

/// Evenly spaced bins from `low` to `high`.
struct PlotBins {
    double low = 0;
    double high = 0;
    std::vector<double> counts;  ///< empty where nothing can be drawn

    double width() const { return (high - low) / static_cast<double>(counts.size()); }
};

namespace detail {

/// What a plot or a sum can use of a count.
inline double usable_count(double count) { return std::isfinite(count) && count > 0 ? count : 0; }

inline bool has_bins(const TensorHistogram& h) {
    return std::isfinite(h.min) && std::isfinite(h.max) && h.max > h.min && !h.counts.empty();
}

}  // namespace detail

/// At most `max_bins` bins with the same total. The last may reach past the data, so that all are equally wide.
inline PlotBins rebin(const TensorHistogram& histogram, std::size_t max_bins) {
    if (!detail::has_bins(histogram) || max_bins == 0) return {};
    const std::vector<double>& counts = histogram.counts;
    const auto used = [](double count) { return detail::usable_count(count) > 0; };
    const auto first = std::find_if(counts.begin(), counts.end(), used);
    if (first == counts.end()) return {};
    const auto last = std::find_if(counts.rbegin(), counts.rend(), used).base();
    const auto kept = static_cast<std::size_t>(last - first);
    const std::size_t together = (kept + max_bins - 1) / max_bins;

    PlotBins bins;
    bins.counts.assign((kept + together - 1) / together, 0.0);
    for (std::size_t i = 0; i < kept; ++i)
        bins.counts[i / together] += detail::usable_count(first[static_cast<std::ptrdiff_t>(i)]);
    const double width =
        (static_cast<double>(histogram.max) - static_cast<double>(histogram.min)) / static_cast<double>(counts.size());
    bins.low = static_cast<double>(histogram.min) + width * static_cast<double>(first - counts.begin());
    bins.high = bins.low + width * static_cast<double>(together * bins.counts.size());
    return bins;
}

/// Share of the values outside the chosen range; a bin that the range cuts counts in proportion. Zero where
/// nothing was counted.
inline double clipped_fraction(const TensorHistogram& histogram) {
    if (!detail::has_bins(histogram)) return 0;
    const double low = static_cast<double>(histogram.min);
    const double width = (static_cast<double>(histogram.max) - low) / static_cast<double>(histogram.counts.size());
    double all = 0;
    double inside = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        const double from = low + width * static_cast<double>(i);
        const double covered = std::min(from + width, static_cast<double>(histogram.range_max)) -
                               std::max(from, static_cast<double>(histogram.range_min));
        const double count = detail::usable_count(histogram.counts[i]);
        all += count;
        inside += count * std::clamp(covered / width, 0.0, 1.0);
    }
    return all > 0 ? std::max(0.0, 1 - inside / all) : 0;
}

}  // namespace octet
