// Where every byte of a forward pass lies, decided by the compiler.
//
// Layout. Activations are NHWC with `gap` empty pixels before each row and after the last one. A
// convolution that looks over the left or right edge finds the padding there, and the right edge of one
// row is the left edge of the next:
//
//     . a b c . d e f .          gap = 1, w = 3, two rows
//
// Above and below nothing is stored: kernels skip the rows of the window that fall outside.
//
// Placement. Values are laid out in execution order, each at the lowest offset that no value alive at
// that time overlaps. Scratch memory of a node is placed like a value that lives while the node runs.
#pragma once

#include <algorithm>
#include <cstddef>

#include "../core/utility.hpp"
#include "graph.hpp"

namespace octet {

/// How one activation lies in memory; offsets in elements.
struct Layout {
    Shape shape{};
    int gap = 0;

    constexpr std::ptrdiff_t row() const { return std::ptrdiff_t(shape.w + gap) * shape.c; }
    constexpr std::ptrdiff_t at(int y, int x) const { return y * row() + std::ptrdiff_t(x + gap) * shape.c; }
    /// Elements from the first gap to the last.
    constexpr std::size_t extent() const { return std::size_t(shape.h * row() + std::ptrdiff_t(gap) * shape.c); }

    friend constexpr bool operator==(const Layout&, const Layout&) = default;
};

/// The gap that a window of `out_w` steps needs on an input `in_w` pixels wide.
constexpr int gap_for(const Window& window, int in_w, int out_w) {
    const int right = (out_w - 1) * window.stride.w - window.pad.left + window.span().w - in_w;
    return window.pad.left > right ? window.pad.left : right;
}

/// The layout of every value, by node.
using Layouts = std::array<Layout, Graph::max_nodes>;
/// Bytes of scratch memory, by node.
using ScratchBytes = std::array<std::size_t, Graph::max_nodes>;

/// Layout and offset of every value, and what the whole comes to.
struct MemoryPlan {
    Layouts layout{};
    std::array<std::size_t, Graph::max_nodes> offset{};   ///< bytes from the start of the arena
    std::array<std::size_t, Graph::max_nodes> scratch{};  ///< likewise, of the node's scratch memory
    std::size_t bytes = 0;                                ///< of the arena
    int peak = -1;                                        ///< the node at which most of it is in use
};

namespace detail {
// Kernels may read (never write) a little past the last pixel: whole vectors, whole dots of four.
inline constexpr std::size_t over_read = 64;

constexpr std::size_t footprint(const Layout& l, bool quantized) {
    return aligned(l.extent() * (quantized ? 1 : sizeof(float)) + over_read);
}
}  // namespace detail

/// Lays out every value of a graph.
constexpr Layouts plan_layouts(const Graph& g) {
    Layouts layouts{};
    for (int i = 0; i < g.count; ++i) {
        layouts[std::size_t(i)].shape = g[i].shape;
        if (g[i].op != Op::conv2d) continue;
        Layout& read = layouts[std::size_t(g[i].inputs[0])];
        read.gap = std::max(read.gap, gap_for(g[i].window, read.shape.w, g[i].shape.w));
    }
    return layouts;
}

/// Plans the arena of a graph; quantized values have one byte an element, the others four.
constexpr MemoryPlan plan_memory(const Graph& g, const ScratchBytes& scratch = {}) {
    MemoryPlan p;
    p.layout = plan_layouts(g);
    std::array<int, Graph::max_nodes> last{};  // the last node that reads the value
    std::array<std::size_t, Graph::max_nodes> size{};
    for (int i = 0; i < g.count; ++i) {
        size[std::size_t(i)] = detail::footprint(p.layout[std::size_t(i)], g[i].quantized);
        last[std::size_t(i)] = i;
        for (const int input : g[i].inputs) last[std::size_t(input)] = i;
    }
    if (g.output >= 0) last[std::size_t(g.output)] = g.count;

    std::size_t most = 0;
    for (int i = 0; i < g.count; ++i) {
        // The lowest offset of `bytes` that none of the first `count` values overlaps, if it is still alive.
        const auto place = [&](std::size_t bytes, int count) {
            std::size_t offset = 0;
            for (bool moved = true; moved;) {
                moved = false;
                for (int j = 0; j < count; ++j) {
                    const std::size_t begin = p.offset[std::size_t(j)], end = begin + size[std::size_t(j)];
                    if (last[std::size_t(j)] < i || offset >= end || offset + bytes <= begin) continue;
                    offset = end;
                    moved = true;
                }
            }
            p.bytes = std::max(p.bytes, offset + bytes);
            return offset;
        };
        const std::size_t own = aligned(scratch[std::size_t(i)]);
        p.offset[std::size_t(i)] = place(size[std::size_t(i)], i);
        if (own > 0) p.scratch[std::size_t(i)] = place(own, i + 1);
        std::size_t in_use = size[std::size_t(i)] + own;
        for (int j = 0; j < i; ++j) in_use += last[std::size_t(j)] >= i ? size[std::size_t(j)] : 0;
        if (in_use > most) most = in_use, p.peak = i;
    }
    return p;
}

}  // namespace octet
