// The specification of the pools.
//
//     max_pool         y = max over the taps inside the image (padding never wins, whatever its value)
//     average_pool     int8: Elementwise::average(sum of q - z over the bin, factor, z);   float: sum / divisor
#pragma once

#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"
#include "pool.hpp"

namespace octet::kernels::reference {

/// Maximum over each window, for any element type.
template <class T>
void max_pool(const Layout& in, const Window& k, const Layout& out, const T* input, T* output) {
    for (int y = 0; y < out.shape.h; ++y)
        for (int x = 0; x < out.shape.w; ++x)
            for (int c = 0; c < out.shape.c; ++c) {
                bool any = false;
                T most{};
                for (int ky = 0; ky < k.kernel.h; ++ky)
                    for (int kx = 0; kx < k.kernel.w; ++kx) {
                        const int iy = y * k.stride.h - k.pad.top + ky, ix = x * k.stride.w - k.pad.left + kx;
                        if (iy < 0 || iy >= in.shape.h || ix < 0 || ix >= in.shape.w) continue;
                        const T value = input[in.at(iy, ix) + c];
                        if (!any || value > most) most = value;
                        any = true;
                    }
                output[out.at(y, x) + c] = most;
            }
}

/// Mean over each bin; `p` is of the input and of the result.
template <class Elementwise>
void average_pool(const PoolSpec& s, const std::uint8_t* input, QParams p, std::uint8_t* output) {
    for (int y = 0; y < s.output.shape.h; ++y)
        for (int x = 0; x < s.output.shape.w; ++x)
            for (int c = 0; c < s.output.shape.c; ++c) {
                const Bin b = bin_of(s, y, x);
                std::int32_t sum = 0;
                for (int iy = b.y0; iy < b.y1; ++iy)
                    for (int ix = b.x0; ix < b.x1; ++ix) sum += input[s.input.at(iy, ix) + c] - p.zero_point;
                const float factor = Elementwise::average_factor(p, b.averaged);
                output[s.output.at(y, x) + c] =
                    static_cast<std::uint8_t>(Elementwise::template average<Scalar>(sum, factor, p.zero_point));
            }
}

}  // namespace octet::kernels::reference
