// Pools over NHWC: every channel does the same, so the innermost loop runs over contiguous channels and the
// compiler vectorizes it for any element type and architecture.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../../graph/memory_plan.hpp"
#include "../../numerics/policy.hpp"
#include "../vector.hpp"

namespace octet::kernels {

/// A pool as a kernel sees it.
struct PoolSpec {
    Layout input, output;
    Window window{};
    bool ceil_mode = false;
    bool adaptive = false;     ///< averages: bins instead of a window
    bool include_pad = false;  ///< averages: padding counts in the divisor
    int divisor = 0;           ///< averages: divides by this instead
    friend constexpr bool operator==(const PoolSpec&, const PoolSpec&) = default;
};

/// The spec of node `i`, a pool of `g` as planned in `p`.
constexpr PoolSpec pool_spec(GraphView g, const MemoryPlan& p, int i) {
    const Node& n = g[i];
    PoolSpec s{p.layout[std::size_t(n.inputs[0])], p.layout[std::size_t(i)], n.window};
    s.ceil_mode = n.ceil_mode;
    s.adaptive = n.op == Op::adaptive_avg_pool;
    s.include_pad = n.include_pad;
    s.divisor = n.divisor;
    return s;
}

/// The pixels inside the image that output pixel (y, x) is the mean of, and what their sum is divided by.
struct Bin {
    int y0 = 0, y1 = 0, x0 = 0, x1 = 0;
    numerics::Averaged averaged{};

    constexpr int pixels() const { return (y1 - y0) * (x1 - x0); }
};
constexpr Bin bin_of(const PoolSpec& s, int y, int x) {
    const Shape in = s.input.shape, out = s.output.shape;
    Bin b;
    if (s.adaptive) {
        b.y0 = y * in.h / out.h, b.y1 = ((y + 1) * in.h + out.h - 1) / out.h;
        b.x0 = x * in.w / out.w, b.x1 = ((x + 1) * in.w + out.w - 1) / out.w;
        b.averaged.divisor = b.averaged.window = b.pixels();
        b.averaged.adaptive = true;
        b.averaged.even = in.h % out.h == 0 && in.w % out.w == 0;
        return b;
    }
    const Window& k = s.window;
    const int top = y * k.stride.h - k.pad.top, left = x * k.stride.w - k.pad.left;
    // With ceil_mode a window may reach beyond the padding; what lies there never counts.
    const int bottom = std::min(top + k.kernel.h, in.h + k.pad.bottom);
    const int right = std::min(left + k.kernel.w, in.w + k.pad.right);
    b.y0 = std::max(top, 0), b.y1 = std::min(bottom, in.h);
    b.x0 = std::max(left, 0), b.x1 = std::min(right, in.w);
    b.averaged.divisor = s.include_pad ? (bottom - top) * (right - left) : b.pixels();
    if (s.divisor != 0) b.averaged.divisor = s.divisor;
    b.averaged.window = k.kernel.h * k.kernel.w;
    b.averaged.ceil_mode = s.ceil_mode;
    return b;
}

/// Rows [begin, end) of a max pool.
template <PoolSpec S, class T>
[[gnu::noinline]] void max_pool(const T* input, T* output, int begin, int end) {
    constexpr Window k = S.window;
    constexpr int channels = S.output.shape.c;
    constexpr int chunk = std::min(channels, 64);  // what a few vector registers hold
    for (int y = begin; y < end; ++y) {
        const int top = y * k.stride.h - k.pad.top;
        const int y0 = std::max(top, 0), y1 = std::min(top + k.kernel.h, S.input.shape.h);
        for (int x = 0; x < S.output.shape.w; ++x) {
            const int left = x * k.stride.w - k.pad.left;
            const int x0 = std::max(left, 0), x1 = std::min(left + k.kernel.w, S.input.shape.w);
            T* out = output + S.output.at(y, x);
            for (int first = 0; first < channels; first += chunk) {
                const int n = channels % chunk == 0 ? chunk : std::min(chunk, channels - first);
                T most[std::size_t(chunk)];
                const T* corner = input + S.input.at(y0, x0) + first;
                std::copy_n(corner, n, most);
                for (int iy = y0; iy < y1; ++iy)
                    for (int ix = x0; ix < x1; ++ix) {
                        const T* tap = corner + (iy - y0) * S.input.row() + (ix - x0) * channels;
                        for (int c = 0; c < n; ++c) most[c] = most[c] < tap[c] ? tap[c] : most[c];
                    }
                std::copy_n(most, n, out + first);
            }
        }
    }
}

namespace detail {
// Sums of `Lanes` channels over a bin; `input` is the first of these channels at the layout's first gap.
template <Layout In, int Lanes, class T, class Sum>
void sum_bin(const T* input, const Bin& b, Sum (&sums)[Lanes]) {
    std::fill_n(sums, Lanes, Sum{});
    for (int y = b.y0; y < b.y1; ++y) {
        const T* row = input + In.at(y, b.x0);
        for (int x = b.x0; x < b.x1; ++x, row += In.shape.c)
            for (int c = 0; c < Lanes; ++c) sums[c] += static_cast<Sum>(row[c]);
    }
}
}  // namespace detail

/// Rows [begin, end) of an int8 average pool, adaptive or not. `p`: of the input, and so of the result.
template <PoolSpec S, class Elementwise, class V>
void average_pool(const std::uint8_t* input, QParams p, std::uint8_t* output, int begin, int end) {
    constexpr int channels = S.output.shape.c;
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < S.output.shape.w; ++x) {
            const Bin b = bin_of(S, y, x);
            const std::int32_t zeros = -b.pixels() * p.zero_point;
            const float factor = Elementwise::average_factor(p, b.averaged);
            std::uint8_t* out = output + S.output.at(y, x);
            const auto average = [&]<int Lanes, class W>(int c) {
                std::int32_t sums[Lanes];
                detail::sum_bin<S.input>(input + c, b, sums);
                const auto centred = W::add(W::load(sums), W::set(zeros));
                W::store_u8(out + c, Elementwise::template average<W>(centred, factor, p.zero_point));
            };
            int c = 0;
            for (; c + V::lanes <= channels; c += V::lanes) average.template operator()<V::lanes, V>(c);
            for (; c < channels; ++c) average.template operator()<1, Scalar>(c);
        }
}

/// Rows [begin, end) of a float average pool, adaptive or not.
template <PoolSpec S>
void average_pool(const float* input, float* output, int begin, int end) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < S.output.shape.w; ++x) {
            const Bin b = bin_of(S, y, x);
            const auto divisor = static_cast<float>(b.averaged.divisor);
            float* out = output + S.output.at(y, x);
            const auto average = [&]<int Channels>(int c) {
                float sums[Channels];
                detail::sum_bin<S.input>(input + c, b, sums);
                for (int k = 0; k < Channels; ++k) out[c + k] = sums[k] / divisor;
            };
            int c = 0;
            for (; c + 16 <= S.output.shape.c; c += 16) average.template operator()<16>(c);
            for (; c < S.output.shape.c; ++c) average.template operator()<1>(c);
        }
}

}  // namespace octet::kernels
