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
//
// Batches. Several images may go through the last nodes of a network together (kernels/conv2d/policy.hpp). The nodes up
// to a cut still run image by image; the cut is one value, which all images must have before the others begin. That
// value and those behind it have one copy for each image.
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

/// Images that run together, and from where on.
struct Batch {
    int images = 1;
    int cut = -1;  ///< nodes up to here run for one image after the other

    constexpr int copies(int node) const { return cut >= 0 && node >= cut ? images : 1; }
};

/// Whether no node behind `cut` reads anything before it.
constexpr bool is_cut(GraphView g, int cut) {
    for (int i = cut + 1; i < g.count; ++i)
        for (const int input : g[i].inputs)
            if (input < cut) return false;
    return cut >= 0 && cut < g.count - 1;
}

/// Layout and offset of every value, and what the whole comes to.
struct MemoryPlan {
    Layouts layout{};
    std::array<std::size_t, Graph::max_nodes> offset{};   ///< bytes from the start of the arena, of the first image's
    std::array<std::size_t, Graph::max_nodes> stride{};   ///< bytes from an image's to the next; 0: there is one copy
    std::array<std::size_t, Graph::max_nodes> scratch{};  ///< likewise, of the node's scratch memory
    std::size_t bytes = 0;                                ///< of the arena
    int peak = -1;                                        ///< the node at which most of it is in use
};

namespace detail {
// Kernels may read (never write) a little past the last pixel: whole vectors, whole dots of four.
inline constexpr std::size_t over_read = 64;

}  // namespace detail

/// Bytes that a value takes in the arena.
constexpr std::size_t value_bytes(const Layout& l, bool quantized) {
    return aligned(l.extent() * (quantized ? 1 : sizeof(float)) + detail::over_read);
}

/// Lays out every value of a graph.
constexpr Layouts plan_layouts(GraphView g) {
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
constexpr MemoryPlan plan_memory(GraphView g, const ScratchBytes& scratch = {}, Batch batch = {}) {
    MemoryPlan p;
    p.layout = plan_layouts(g);
    std::array<int, Graph::max_nodes> last{};  // the last node that reads the value
    std::array<std::size_t, Graph::max_nodes> size{};
    for (int i = 0; i < g.count; ++i) {
        const std::size_t bytes = value_bytes(p.layout[std::size_t(i)], g[i].quantized);
        size[std::size_t(i)] = bytes * std::size_t(batch.copies(i));
        p.stride[std::size_t(i)] = batch.copies(i) > 1 ? bytes : 0;
        last[std::size_t(i)] = i;
        for (const int input : g[i].inputs) last[std::size_t(input)] = i;
    }
    if (g.output >= 0) last[std::size_t(g.output)] = g.count;

    // At the time of node i: the lowest offset of `bytes` that overlaps no value of nodes before `end` that is alive.
    const int kept = batch.images > 1 ? batch.cut : -1;  // while its images come one by one, all else makes room for it
    const auto alive = [&](int j, int i) {
        return j == kept ? last[std::size_t(j)] >= i : j <= i && last[std::size_t(j)] >= i;
    };
    const auto place = [&](std::size_t bytes, int i, int end) {
        std::size_t offset = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (int j = 0; j < g.count; ++j) {
                if ((j >= end && j != kept) || !alive(j, i)) continue;
                const std::size_t begin = p.offset[std::size_t(j)], behind = begin + size[std::size_t(j)];
                if (offset >= behind || offset + bytes <= begin) continue;
                offset = behind;
                moved = true;
            }
        }
        p.bytes = std::max(p.bytes, offset + bytes);
        return offset;
    };
    if (kept >= 0) p.bytes = size[std::size_t(kept)];  // at offset 0
    std::size_t most = 0;
    for (int i = 0; i < g.count; ++i) {
        const std::size_t own = aligned(scratch[std::size_t(i)]);
        if (i != kept) p.offset[std::size_t(i)] = place(size[std::size_t(i)], i, i);
        if (own > 0) p.scratch[std::size_t(i)] = place(own, i, i + 1);
        std::size_t in_use = own;
        for (int j = 0; j < g.count; ++j) in_use += alive(j, i) ? size[std::size_t(j)] : 0;
        if (in_use > most) most = in_use, p.peak = i;
    }
    return p;
}

}  // namespace octet
