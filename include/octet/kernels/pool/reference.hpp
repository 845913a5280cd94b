// The specification of the pools.
//
//     max_pool         y = max over the taps inside the image (padding never wins, whatever its value)
//     global_avg_pool  int8: Numerics::average(sum - n z, n, z);   float: sum / n
#pragma once

#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"

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

/// Mean of each channel with zero point `z`, in and out.
template <class Numerics>
void global_avg_pool(const Layout& in, const Layout& out, const std::uint8_t* input, std::int32_t z,
                     std::uint8_t* output) {
    const int n = int(in.shape.pixels());
    for (int c = 0; c < in.shape.c; ++c) {
        std::int32_t sum = 0;
        for (int y = 0; y < in.shape.h; ++y)
            for (int x = 0; x < in.shape.w; ++x) sum += input[in.at(y, x) + c];
        output[out.at(0, 0) + c] = static_cast<std::uint8_t>(Numerics::template average<Scalar>(sum - n * z, n, z));
    }
}

}  // namespace octet::kernels::reference
