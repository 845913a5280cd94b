// Where the weights of a convolution lie, packed in the order in which a tile reads them. Files have them canonical:
// OHWI, output channel first. Packing is the same function for all layers; what it does is in the layout.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace octet::kernels {

/// [group][block of channels][row of the window][run][step][vector][plane][channel in vector][unit / planes]. A run's
/// elements are padded with zero weights to whole units (21 bytes become 24 for a 7 x 7 x 3 window), and a group's
/// channels to whole vectors.
struct WeightLayout {
    int channels = 0, groups = 1, rows = 0, runs = 1,
        run_elements = 0;                  ///< canonical: [channels][rows][runs][run_elements]
    int unit = 1, lanes = 1, vectors = 1;  ///< of the dot and its tile
    int planes = 1;                        ///< of the dot: plane p has elements p, p + planes, ... of a unit

    constexpr int row_elements() const { return runs * run_elements; }
    constexpr int group_channels() const { return channels / groups; }
    constexpr int run_steps() const { return (run_elements + unit - 1) / unit; }
    constexpr int steps() const { return runs * run_steps(); }
    constexpr int padded_group() const { return (group_channels() + lanes - 1) / lanes * lanes; }
    constexpr int padded_channels() const { return groups * padded_group(); }
    /// Where channel `o` stands among the padded ones.
    constexpr int padded(int o) const { return o / group_channels() * padded_group() + o % group_channels(); }
    constexpr int block() const { return vectors * lanes; }
    /// Blocks of each group.
    constexpr int blocks() const { return (padded_group() + block() - 1) / block(); }
    constexpr int block_channels(int b) const { return std::min(block(), padded_group() - b * block()); }
    constexpr std::size_t channel_size() const { return std::size_t(rows) * std::size_t(steps()) * std::size_t(unit); }
    constexpr std::size_t size() const { return std::size_t(padded_channels()) * channel_size(); }
    /// Numbers that sum_runs() writes.
    constexpr std::size_t zero_terms() const {
        return std::size_t(rows) * std::size_t(runs) * std::size_t(padded_channels());
    }
    /// Packed elements before block b of group g.
    constexpr std::size_t block_offset(int g, int b) const {
        return (std::size_t(g) * std::size_t(padded_group()) + std::size_t(b) * std::size_t(block())) * channel_size();
    }
    /// Packed position of the first element of run `run` of row `r` of channel `o`.
    constexpr std::size_t index(int o, int r, int run) const {
        const int i = o % group_channels(), b = i / block(), in_block = i - b * block();
        const int step = r * steps() + run * run_steps();
        return block_offset(o / group_channels(), b) +
               std::size_t((step * block_channels(b) + in_block / lanes * lanes) * unit +
                           in_block % lanes * (unit / planes));
    }
    /// From a step of channel `o` to its next, and from element u of a step's unit to the first.
    constexpr std::size_t step_stride(int o) const {
        return std::size_t(block_channels(o % group_channels() / block()) * unit);
    }
    constexpr std::size_t unit_offset(int u) const {
        return std::size_t(u % planes * (lanes * unit / planes) + u / planes);
    }
};

namespace detail {
// Calls f(canonical, packed, elements) for every unit, or what is there of it. A row of the window of as many channels
// as lie together comes before the next row, so that cache lines which the channels share are near in time.
template <class Canonical, class Packed, class F>
void for_each_unit(const WeightLayout& l, Canonical* canonical, Packed* packed, F f) {
    for (int first = 0; first < l.channels; first += l.block())
        for (int row = 0; row < l.rows * l.runs; ++row)
            for (int o = first; o < std::min(first + l.block(), l.channels); ++o) {
                const std::size_t stride = l.step_stride(o);
                Canonical* c = canonical + (std::ptrdiff_t(o) * l.rows * l.runs + row) * l.run_elements;
                Packed* p = packed + l.index(o, row / l.runs, row % l.runs);
                int left = l.run_elements;
                for (; left >= l.unit; left -= l.unit, c += l.unit, p += stride) f(c, p, l.unit);
                if (left > 0) f(c, p, left);
            }
}
}  // namespace detail

/// Canonical weights into packed ones, which may be wider. Everything the layout pads with is zeroed.
template <class T, class Packed>
void pack_weights(const WeightLayout& l, const T* canonical, Packed* packed) {
    const std::size_t count = std::size_t(l.channels) * std::size_t(l.rows) * std::size_t(l.row_elements());
    if (l.size() != count) std::fill_n(packed, l.size(), Packed{});
    const std::size_t plane = l.unit_offset(1);  // of fours in two planes
    detail::for_each_unit(l, canonical, packed, [&](const T* from, Packed* to, int n) {
        if (sizeof(T) == sizeof(Packed) && l.planes == 1 && n == 4) {
            std::memcpy(to, from, 4 * sizeof(T));
        } else if (l.planes == 1 && n == 2) {
            const Packed pair[2] = {Packed(from[0]), Packed(from[1])};
            std::memcpy(to, pair, sizeof pair);
        } else if (l.planes == 2 && n == 4) {
            const Packed even[2] = {Packed(from[0]), Packed(from[2])}, odd[2] = {Packed(from[1]), Packed(from[3])};
            std::memcpy(to, even, sizeof even);
            std::memcpy(to + plane, odd, sizeof odd);
        } else {
            for (int u = 0; u < n; ++u) to[l.unit_offset(u)] = from[u];
        }
    });
}

/// Packed weights back into canonical ones.
template <class T, class Packed>
void unpack_weights(const WeightLayout& l, const Packed* packed, T* canonical) {
    detail::for_each_unit(l, canonical, packed, [&](T* to, const Packed* from, int n) {
        for (int u = 0; u < n; ++u) to[u] = static_cast<T>(from[l.unit_offset(u)]);
    });
}

namespace detail {
// Sums of weights, and of their magnitudes. 256 of either fit in a short, and a vector has twice as many of those.
struct WeightSums {
    std::int32_t sum = 0, magnitude = 0;
};
inline WeightSums sum_weights(const std::int8_t* weights, int count) {
    WeightSums all;
    for (int i = 0; i < count;) {
        std::int16_t sum = 0;
        std::uint16_t magnitude = 0;
        for (const int end = std::min(count, i + 256); i < end; ++i) {
            sum = static_cast<std::int16_t>(sum + weights[i]);
            magnitude = static_cast<std::uint16_t>(magnitude + std::abs(weights[i]));
        }
        all.sum += sum;
        all.magnitude += magnitude;
    }
    return all;
}
}  // namespace detail

/// Sums of each run of each channel's canonical weights, times `factor`: [rows][runs][padded channels].
inline void sum_runs(const WeightLayout& l, const std::int8_t* canonical, std::int32_t factor, std::int32_t* sums) {
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows * l.runs; ++r, canonical += l.run_elements)
            sums[r * l.padded_channels() + l.padded(o)] = factor * detail::sum_weights(canonical, l.run_elements).sum;
}

/// The part of a window that lies inside the image: rows [first_row, last_row), and of the `runs` runs of each of them
/// those in [first_run, last_run).
struct WindowPart {
    int first_row = 0, last_row = 0, runs = 1, first_run = 0, last_run = runs;
};

/// A vector of output channels: where it stands among the padded channels, its first channel's number, and how many
/// channels of its group there are from here on.
struct ChannelVector {
    int padded = 0, channel = 0, left = 0;

    constexpr ChannelVector operator+(int lanes) const { return {padded + lanes, channel + lanes, left - lanes}; }
};

/// Channel `i` of group `g`.
constexpr ChannelVector channel_vector(const WeightLayout& l, int g, int i) {
    return {g * l.padded_group() + i, g * l.group_channels() + i, l.group_channels() - i};
}

/// How an algorithm packs the weights of an int8 layer, and gives them back.
struct Int8Packing {
    void (*pack)(const WeightLayout&, const std::int8_t* canonical, std::byte* packed) = nullptr;
    void (*unpack)(const WeightLayout&, const std::byte* packed, std::int8_t* canonical) = nullptr;
    const char* name = "";  ///< packed files (io/packed_file.hpp) go by it: another order, another name
};

/// Packed as the layout says, in elements of type `Packed`.
template <class Packed>
inline constexpr Int8Packing plain_packing{[](const WeightLayout& l, const std::int8_t* canonical, std::byte* packed) {
                                               pack_weights(l, canonical, reinterpret_cast<Packed*>(packed));
                                           },
                                           [](const WeightLayout& l, const std::byte* packed, std::int8_t* canonical) {
                                               unpack_weights(l, reinterpret_cast<const Packed*>(packed), canonical);
                                           },
                                           sizeof(Packed) == 1 ? "bytes" : "shorts"};

}  // namespace octet::kernels
