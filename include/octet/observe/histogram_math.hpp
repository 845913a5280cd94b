// The arithmetic under the histogram observers, each function the float32 twin of one PyTorch operation
// (torch.histc, torch.linspace, torch.sum, ...): the last bit of each matters to the search built on them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace octet::detail {

/// The bin of torch.histc, with a fraction, of a value that lies `distance` above the lower end.
inline float bin_position(float distance, float width, float bins) { return distance * bins / width; }

/// torch.histc: counts of `bins` equal bins over [lo, hi]; values outside and NaN are left out. An empty range
/// is widened by one on both sides.
template <auto Position = bin_position>
std::vector<float> count_bins(std::span<const float> values, int bins, float lo, float hi) {
    if (lo == hi) {
        lo -= 1.0f;
        hi += 1.0f;
    }
    std::vector<std::uint32_t> counts(std::size_t(bins) + 1);
    const float n = static_cast<float>(bins), width = hi - lo;
    for (const float x : values) {
        if (!(x >= lo && x <= hi)) continue;
        const float position = Position(x - lo, width, n);  // not below n at hi, or where huge values overflow
        ++counts[position < n ? static_cast<std::size_t>(position) : std::size_t(bins)];
    }
    counts[std::size_t(bins) - 1] += counts[std::size_t(bins)];
    return {counts.begin(), counts.end() - 1};
}

/// One element of torch.linspace(lo, hi, n), as its vector code computes it: from the nearer end, fused.
inline float linspace(float lo, float hi, int n, int i) {
    const float step = (hi - lo) / static_cast<float>(n - 1);
    return i < n / 2 ? std::fma(step, static_cast<float>(i), lo) : std::fma(-step, static_cast<float>(n - i - 1), hi);
}

/// torch.sum of fewer than 32,768 contiguous floats: vectors of 8 lanes are added into 4 interleaved
/// accumulators, each through a cascade of four levels that carry over every `step` rows.
inline float torch_sum(std::span<const float> x) {
    constexpr std::size_t lanes = 8, ways = 4, levels = 4;
    const std::size_t vectors = x.size() / lanes, rows = vectors / ways;
    const auto log2 = [](std::size_t n) {
        std::size_t bits = 0;
        while ((std::size_t(1) << bits) < n) ++bits;
        return bits;
    };
    const std::size_t power = std::max<std::size_t>(4, log2(rows) / levels), step = std::size_t(1) << power;
    using Accumulators = std::array<float, ways * lanes>;
    std::array<Accumulators, levels> acc{};
    const auto add_row = [&](std::size_t row) {
        for (std::size_t i = 0; i < ways * lanes; ++i) acc[0][i] += x[row * ways * lanes + i];
    };
    std::size_t row = 0;
    while (row + step <= rows) {
        for (std::size_t i = 0; i < step; ++i) add_row(row++);
        for (std::size_t level = 1; level < levels; ++level) {
            for (std::size_t i = 0; i < ways * lanes; ++i) acc[level][i] += acc[level - 1][i];
            acc[level - 1] = {};
            if ((row & ((step - 1) << (level * power))) != 0) break;
        }
    }
    while (row < rows) add_row(row++);
    for (std::size_t level = 1; level < levels; ++level)
        for (std::size_t i = 0; i < ways * lanes; ++i) acc[0][i] += acc[level][i];
    for (std::size_t v = rows * ways; v < vectors; ++v)
        for (std::size_t i = 0; i < lanes; ++i) acc[0][i] += x[v * lanes + i];
    for (std::size_t way = 1; way < ways; ++way)
        for (std::size_t i = 0; i < lanes; ++i) acc[0][i] += acc[0][way * lanes + i];
    float sum = 0.0f;
    for (std::size_t i = vectors * lanes; i < x.size(); ++i) sum += x[i];
    for (std::size_t i = 0; i < lanes; ++i) sum += acc[0][i];
    return sum;
}

/// Counts over [min, max] moved to bins over the wider [lo, hi]: each bin is cut into 16 parts and each part
/// goes to the bin that holds its middle.
inline std::vector<float> rebin(const std::vector<float>& counts, float min, float max, float lo, float hi) {
    const int bins = int(counts.size()), parts = 16;
    if (min == max) {  // everything seen so far was one value
        const float total = torch_sum(counts);
        std::vector<float> moved = count_bins(std::span(&min, 1), bins, lo, hi);
        for (float& c : moved) c *= total;
        return moved;
    }
    std::vector<float> edges(std::size_t(bins) + 1);
    for (int i = 0; i <= bins; ++i) edges[std::size_t(i)] = linspace(lo, hi, bins + 1, i);
    std::vector<float> moved(std::size_t(bins), 0.0f);
    const float half_part = 0.5f * ((max - min) / static_cast<float>(bins * parts));
    for (int i = 0; i < bins * parts; ++i) {
        const float middle = linspace(min, max, bins * parts + 1, i) + half_part;
        const auto above = std::upper_bound(edges.begin(), edges.end(), middle) - edges.begin();
        const auto bin = std::clamp<std::ptrdiff_t>(above - 1, 0, bins - 1);
        moved[std::size_t(bin)] += counts[std::size_t(i / parts)] / static_cast<float>(parts);
    }
    return moved;
}

/// torch.cumsum of float32: summed in double, each stored as float.
inline std::vector<float> cumulative_sum(const std::vector<float>& x) {
    std::vector<float> sums;
    sums.reserve(x.size());
    double sum = 0.0;
    for (const float v : x) sums.push_back(static_cast<float>(sum += double(v)));
    return sums;
}

/// torch.div(x, y, rounding_mode="floor"), Python's floor division for floats.
inline float floor_divide(float x, float y) {
    const float remainder = std::fmod(x, y);
    float quotient = (x - remainder) / y;
    if (remainder != 0.0f && (y < 0.0f) != (remainder < 0.0f)) quotient -= 1.0f;
    float floor = std::floor(quotient);
    if (quotient - floor > 0.5f) floor += 1.0f;
    return floor;
}

}  // namespace octet::detail
