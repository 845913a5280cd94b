// Pools over NHWC: every channel does the same, so the innermost loop runs over contiguous channels and the
// compiler vectorizes it for any element type and architecture.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"

namespace octet::kernels {

/// A pool as a kernel sees it.
struct PoolSpec {
    Layout input, output;
    Window window{};
    friend constexpr bool operator==(const PoolSpec&, const PoolSpec&) = default;
};

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
// Sums of `Lanes` channels over all pixels, starting at `input`.
template <Layout In, int Lanes, class T, class Sum>
void sum_pixels(const T* input, Sum (&sums)[Lanes]) {
    std::fill_n(sums, Lanes, Sum{});
    for (int y = 0; y < In.shape.h; ++y) {
        const T* row = input + In.at(y, 0);
        for (int x = 0; x < In.shape.w; ++x, row += In.shape.c)
            for (int c = 0; c < Lanes; ++c) sums[c] += static_cast<Sum>(row[c]);
    }
}
}  // namespace detail

/// int8 global average pool: one unit of work.
template <Layout In, Layout Out, class Numerics, class V>
void global_avg_pool(const std::uint8_t* input, std::int32_t zero_point, std::uint8_t* output) {
    constexpr int n = int(In.shape.pixels()), lanes = V::lanes, channels = In.shape.c;
    output += Out.at(0, 0);
    const auto average = [&]<int Lanes, class W>(int c) {
        std::int32_t sums[Lanes];
        detail::sum_pixels<In>(input + c, sums);
        const auto centred = W::add(W::load(sums), W::set(std::int32_t(-n) * zero_point));
        W::store_u8(output + c, Numerics::template average<W>(centred, n, zero_point));
    };
    int c = 0;
    for (; c + lanes <= channels; c += lanes) average.template operator()<lanes, V>(c);
    for (; c < channels; ++c) average.template operator()<1, Scalar>(c);
}

/// float global average pool: one unit of work.
template <Layout In, Layout Out>
void global_avg_pool(const float* input, float* output) {
    constexpr int n = int(In.shape.pixels());
    for (int c = 0; c < In.shape.c; ++c) {
        float sum[1];
        detail::sum_pixels<In>(input + c, sum);
        output[Out.at(0, 0) + c] = sum[0] / static_cast<float>(n);
    }
}

}  // namespace octet::kernels
