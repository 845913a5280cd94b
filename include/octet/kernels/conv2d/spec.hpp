// A convolution as a kernel sees it: where its values lie and how the window moves. A small structural type,
// so that it can be a template argument: two layers with the same spec share one kernel. A linear layer is
// the convolution of a 1 x 1 image with a 1 x 1 window.
#pragma once

#include <algorithm>

#include "../../graph/memory_plan.hpp"

namespace octet::kernels {

/// What happens to a convolution's result before it is stored.
struct ConvEpilogue {
    bool relu = false;           ///< clamp at real zero
    bool clamp = false;          ///< clamp to a range the epilogue knows
    bool residual = false;       ///< then add another value
    bool residual_relu = false;  ///< then clamp at real zero again
    friend constexpr bool operator==(const ConvEpilogue&, const ConvEpilogue&) = default;
};

/// Layouts of all operands, the window, the groups, and the epilogue.
struct ConvSpec {
    Layout input, output, residual;
    Window window{};
    int groups = 1;
    ConvEpilogue epilogue{};

    friend constexpr bool operator==(const ConvSpec&, const ConvSpec&) = default;

    constexpr int channels() const { return output.shape.c; }
    /// Channels that each output reads, and channels that read the same ones.
    constexpr int group_inputs() const { return input.shape.c / groups; }
    constexpr int group_outputs() const { return output.shape.c / groups; }
    /// Every channel has a filter of its own and reads only itself.
    constexpr bool depthwise() const { return groups > 1 && groups == input.shape.c && groups == output.shape.c; }

    /// A row of the window is made of runs of contiguous elements: one, kernel width x channels, where neither groups
    /// nor dilation leave gaps between the taps, else one for each tap.
    constexpr int runs() const {
        return groups == 1 && (window.dilation.w == 1 || window.kernel.w == 1) ? 1 : window.kernel.w;
    }
    constexpr int run_elements() const { return runs() == 1 ? window.kernel.w * group_inputs() : group_inputs(); }
    /// Contiguous weights of one window row.
    constexpr int row_elements() const { return window.kernel.w * group_inputs(); }

    /// The rows [first, last) of the window that lie inside the image when it begins at row `top`.
    constexpr int first_row(int top) const { return top >= 0 ? 0 : (window.dilation.h - 1 - top) / window.dilation.h; }
    constexpr int last_row(int top) const {
        return std::min(window.kernel.h, (input.shape.h - top + window.dilation.h - 1) / window.dilation.h);
    }
};

/// The spec of node `i`, a conv2d or linear of `g` as planned in `p`.
constexpr ConvSpec conv_spec(const Graph& g, const MemoryPlan& p, int i) {
    const Node& n = g[i];
    ConvSpec s;
    s.input = p.layout[std::size_t(n.inputs[0])];
    s.output = p.layout[std::size_t(i)];
    s.window = n.window;
    s.groups = n.groups;
    s.epilogue = {n.relu, n.clamped, n.residual, n.residual_relu};
    if (n.residual) s.residual = p.layout[std::size_t(n.inputs[1])];
    return s;
}

/// How the output channels are cut into register tiles: `pixels` x `vectors` accumulators.
struct Tile {
    int pixels = 1;
    int vectors = 1;
    friend constexpr bool operator==(const Tile&, const Tile&) = default;
};

/// The cheapest tile for rows of `width` pixels and `vectors` vectors of channels. The cost of a tile's step is
/// its dots, plus half for each operand it loads, plus two for the loop; of the tiles an architecture has
/// registers for, the one with the least cost per row wins, the larger one on a tie.
template <class Dot>
constexpr Tile choose_tile(int width, int vectors) {
    Tile best{};
    int least = 0;
    for (int n = 1; n <= 4; n *= 2) {
        const int most = Dot::pixels(n);
        if (most == 0 || n > std::max(vectors, 1)) continue;
        const int tiles = (width + most - 1) / most, m = (width + tiles - 1) / tiles, rest = width - (tiles - 1) * m;
        const auto step = [n](int pixels) { return 2 * pixels * n + pixels + n + 4; };
        const int whole = vectors / n, part = vectors % n;
        const int cost = (tiles - 1) * (whole * step(m) + (part > 0 ? step(m) : 0)) +
                         (whole * step(rest) + (part > 0 ? step(rest) : 0));
        if (least == 0 || cost <= least) best = {m, n}, least = cost;
    }
    return best;
}

/// Where packed weights lie: [group][block of channels][row of the window][run][step][channel in block][unit], the
/// order in which a tile reads them. A run's elements are padded with zero weights to whole units (21 bytes become 24
/// for a 7 x 7 x 3 window), and a group's channels to whole vectors.
struct WeightLayout {
    int channels = 0, groups = 1, rows = 0, runs = 1,
        run_elements = 0;                  ///< canonical: [channels][rows][runs][run_elements]
    int unit = 1, lanes = 1, vectors = 1;  ///< of the dot and its tile

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
    /// Packed elements before block b of group g.
    constexpr std::size_t block_offset(int g, int b) const {
        return (std::size_t(g) * std::size_t(padded_group()) + std::size_t(b) * std::size_t(block())) * channel_size();
    }
    /// Packed position of element `e` of row `r` of channel `o`.
    constexpr std::size_t index(int o, int r, int e) const {
        const int i = o % group_channels(), b = i / block();
        const int step = e / run_elements * run_steps() + e % run_elements / unit;
        const auto in_block = std::size_t((r * steps() + step) * block_channels(b) + (i - b * block()));
        return block_offset(o / group_channels(), b) + in_block * std::size_t(unit) +
               std::size_t(e % run_elements % unit);
    }
};

/// Canonical OHWI weights into packed ones. Everything the layout pads with is zeroed.
template <class T>
void pack_weights(const WeightLayout& l, const T* canonical, T* packed) {
    std::fill_n(packed, l.size(), T{});
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements(); ++e) packed[l.index(o, r, e)] = *canonical++;
}

/// Packed weights back into canonical ones.
template <class T>
void unpack_weights(const WeightLayout& l, const T* packed, T* canonical) {
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements(); ++e) *canonical++ = packed[l.index(o, r, e)];
}

/// Sums of each window row of each channel's canonical weights, times `factor`: [rows][padded channels].
inline void sum_rows(const WeightLayout& l, const std::int8_t* canonical, std::int32_t factor, std::int32_t* sums) {
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r) {
            std::int32_t sum = 0;
            for (int e = 0; e < l.row_elements(); ++e) sum += *canonical++;
            sums[r * l.padded_channels() + l.padded(o)] = factor * sum;
        }
}

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

}  // namespace octet::kernels
