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
    int images = 1;  ///< at most, computed together; each image's values follow the last one's, value_bytes() apart

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
    /// How many there are for all rows of outputs.
    constexpr int inside_rows() const {
        int rows = 0;
        for (int y = 0; y < output.shape.h; ++y) {
            const int top = y * window.stride.h - window.pad.top;
            rows += std::max(last_row(top) - first_row(top), 0);
        }
        return rows;
    }
};

/// The spec of node `i`, a conv2d or linear of `g`, whose values lie as `layouts` says.
constexpr ConvSpec conv_spec(GraphView g, const Layouts& layouts, int i) {
    const Node& n = g[i];
    ConvSpec s;
    s.input = layouts[std::size_t(n.inputs[0])];
    s.output = layouts[std::size_t(i)];
    s.window = n.window;
    s.groups = n.groups;
    s.epilogue = {n.relu, n.clamped, n.residual, n.residual_relu};
    if (n.residual) s.residual = layouts[std::size_t(n.inputs[1])];
    return s;
}

}  // namespace octet::kernels
