// The clip range of a histogram that PyTorch's HistogramObserver chooses: a heuristic, the same from 1.13 to 2.9.
// Everything is float32 unless it says double; the order of every sum matters.
#pragma once

#include <limits>
#include <utility>

#include "histogram_math.hpp"

namespace octet::detail {

/// The estimated squared error of quantizing bins [first, last] of a histogram over [min, max] to 256 levels,
/// bins outside going to the nearest: the integral of the squared distance to each level's centre, every bin
/// taken as uniformly filled.
inline double quantization_error(const std::vector<float>& counts, float min, float max, int first, int last) {
    const int bins = int(counts.size());
    const double bin_width = (double(max) - double(min)) / bins;
    const double level_width = bin_width * (last - first + 1) / 256;
    if (level_width == 0.0) return 0.0;
    const float width = static_cast<float>(bin_width), level = static_cast<float>(level_width);
    const float half = static_cast<float>(level_width / 2);
    const auto integral = [](float begin, float end, float density) {
        return density * ((end * end * end - begin * begin * begin) / 3.0f);
    };
    std::vector<float> error(counts.size());
    for (int i = 0; i < bins; ++i) {
        const float begin = static_cast<float>(i - first) * width, end = begin + width;
        const float first_level = std::clamp(floor_divide(begin, level), 0.0f, 255.0f);
        const float last_level = std::clamp(floor_divide(end, level), 0.0f, 255.0f);
        const float density = counts[std::size_t(i)] / width;
        float sum = integral(begin - (first_level + 0.5f) * level, half, density);
        sum += (last_level - first_level - 1.0f) * integral(-half, half, density);
        sum += integral(-half, end - (last_level * level + half), density);
        error[std::size_t(i)] = sum;
    }
    return torch_sum(error);
}

/// Walks both ends of a histogram over [min, max] inwards by quantiles of 1e-5, always the end whose next quantile is
/// farther away, for as long as the estimated error falls.
inline std::pair<float, float> clip_range(const std::vector<float>& counts, float min, float max) {
    if (counts.empty()) return {0.0f, 0.0f};
    const int bins = int(counts.size());
    const float width = (max - min) / static_cast<float>(bins);
    const double total = torch_sum(counts);
    const std::vector<float> cumulative = cumulative_sum(counts);
    const double step = 1e-5;
    double alpha = 0.0, beta = 1.0, best = std::numeric_limits<double>::infinity();
    int first = 0, last = bins - 1;
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
        const double error = quantization_error(counts, min, max, candidate_first, candidate_last);
        if (error > best) break;
        best = error;
        first = candidate_first;
        last = candidate_last;
    }
    return {min + width * static_cast<float>(first), min + width * static_cast<float>(last + 1)};
}

}  // namespace octet::detail
