// How large a value is: height, width, channels. Inside octet every activation is NHWC with N = 1 - a
// batch is a loop, so results cannot depend on its size - and a vector is a 1 x 1 image.
#pragma once

#include <cstddef>

namespace octet {

/// The shape of one activation: `h` rows of `w` pixels of `c` channels, row-major (HWC).
struct Shape {
    int h = 0;
    int w = 0;
    int c = 0;

    /// Number of elements.
    constexpr std::size_t size() const { return std::size_t(h) * std::size_t(w) * std::size_t(c); }
    /// Number of pixels.
    constexpr std::size_t pixels() const { return std::size_t(h) * std::size_t(w); }

    friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

/// A height and a width. Converts from one number, as PyTorch's `kernel_size=3` means `(3, 3)`.
struct Pair {
    int h = 0;
    int w = 0;

    constexpr Pair() = default;
    constexpr Pair(int both) : h(both), w(both) {}
    constexpr Pair(int height, int width) : h(height), w(width) {}

    friend constexpr bool operator==(const Pair&, const Pair&) = default;
};

/// Zero padding on each side. Four numbers, because TensorFlow's SAME padding at stride 2 pads nothing on
/// top and one row below; converts from one number (`padding=1`) or from a Pair (`padding=(1, 2)`).
struct Padding {
    int top = 0;
    int left = 0;
    int bottom = 0;
    int right = 0;

    constexpr Padding() = default;
    constexpr Padding(int all) : top(all), left(all), bottom(all), right(all) {}
    constexpr Padding(Pair p) : top(p.h), left(p.w), bottom(p.h), right(p.w) {}
    constexpr Padding(int h, int w) : Padding(Pair(h, w)) {}
    constexpr Padding(int t, int l, int b, int r) : top(t), left(l), bottom(b), right(r) {}

    friend constexpr bool operator==(const Padding&, const Padding&) = default;
};

/// A window that slides over an image: what convolutions and pools share.
struct Window {
    Pair kernel{1};
    Pair stride{1};
    Padding pad{};
    Pair dilation{1};

    /// Pixels from the first tap to the last, both included: dilation (kernel - 1) + 1.
    constexpr Pair span() const { return {dilation.h * (kernel.h - 1) + 1, dilation.w * (kernel.w - 1) + 1}; }

    /// Output height and width for an input of `in`, PyTorch's formula: floor((in + pads - span) / stride) + 1; 0 where
    /// the window does not fit. With `ceil_mode` rounded up instead, but no window may begin beyond the input and its
    /// leading padding.
    constexpr Pair output(Shape in, bool ceil_mode = false) const {
        return {extent(in.h, pad.top, pad.bottom, span().h, stride.h, ceil_mode),
                extent(in.w, pad.left, pad.right, span().w, stride.w, ceil_mode)};
    }

    friend constexpr bool operator==(const Window&, const Window&) = default;

    static constexpr int extent(int in, int before, int after, int span, int stride, bool ceil_mode) {
        const int room = in + before + after - span;
        if (room < 0 || stride < 1) return 0;
        if (!ceil_mode) return room / stride + 1;
        const int steps = (room + stride - 1) / stride;
        return steps * stride >= in + before ? steps : steps + 1;
    }
};

}  // namespace octet
