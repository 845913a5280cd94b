// The specification of the int8 convolution (and linear layer): loops, canonical weights, plain integers.
// Every other kernel must give these bytes, for every shape, alignment and value.
//
//     acc[o] = sum over taps inside the image, over c of its group, of (x[tap][c] - z_x) * w[o][tap][c]        exact,
//     32 bits y[o]   = Layer::requantize(acc[o]);   with a residual: y[o] = Elementwise::add(y[o], r[o])
#pragma once

#include <cstdint>

#include "../vector.hpp"
#include "spec.hpp"

namespace octet::kernels::reference {

/// The accumulator of output (y, x, o). `input` points at the layout's first gap; `weights` are OHWI.
template <class In, class Weight, class Sum>
Sum conv2d_accumulate(const ConvSpec& s, const In* input, Sum zero_point, const Weight* weights, int y, int x, int o) {
    const Window& k = s.window;
    const int inputs = s.group_inputs(), first = o / s.group_outputs() * inputs;
    Sum acc{};
    for (int ky = 0; ky < k.kernel.h; ++ky)
        for (int kx = 0; kx < k.kernel.w; ++kx) {
            const int iy = y * k.stride.h - k.pad.top + ky * k.dilation.h;
            const int ix = x * k.stride.w - k.pad.left + kx * k.dilation.w;
            if (iy < 0 || iy >= s.input.shape.h || ix < 0 || ix >= s.input.shape.w) continue;
            for (int c = 0; c < inputs; ++c) {
                const auto w = weights[((o * k.kernel.h + ky) * k.kernel.w + kx) * inputs + c];
                acc += (Sum(input[s.input.at(iy, ix) + first + c]) - zero_point) * Sum(w);
            }
        }
    return acc;
}

/// q + r by the policy, whose last elements of a tensor of `size` may follow another formula.
template <class Elementwise>
std::int32_t add(std::int32_t q, std::int32_t r, const typename Elementwise::Addition& addition, std::size_t flat,
                 std::size_t size, bool relu) {
    if (flat < Elementwise::add_body(size))
        return relu ? Elementwise::template add<Scalar, true>(q, r, addition)
                    : Elementwise::template add<Scalar, false>(q, r, addition);
    return relu ? Elementwise::template add_tail<Scalar, true>(q, r, addition)
                : Elementwise::template add_tail<Scalar, false>(q, r, addition);
}

/// The whole layer. `channels[o]` are the arithmetic's constants; `addition` matters with a residual only.
template <class Layer, class Elementwise>
void conv2d(const ConvSpec& s, const std::uint8_t* input, std::int32_t zero_point, const std::int8_t* weights,
            const typename Layer::Channel* channels, const typename Layer::Output& range, const std::uint8_t* residual,
            const typename Elementwise::Addition& addition, std::uint8_t* output) {
    for (int y = 0; y < s.output.shape.h; ++y)
        for (int x = 0; x < s.output.shape.w; ++x)
            for (int o = 0; o < s.channels(); ++o) {
                const std::int32_t acc = conv2d_accumulate(s, input, zero_point, weights, y, x, o);
                std::int32_t q =
                    Layer::template requantize<Scalar>(acc, channels[o].bias, channels[o].multiplier, range);
                if (s.epilogue.residual) {
                    const std::int32_t r = residual[s.residual.at(y, x) + o];
                    const std::size_t flat = std::size_t((y * s.output.shape.w + x) * s.channels() + o);
                    q = add<Elementwise>(q, r, addition, flat, s.output.shape.size(), s.epilogue.residual_relu);
                }
                output[s.output.at(y, x) + o] = static_cast<std::uint8_t>(q);
            }
}

}  // namespace octet::kernels::reference
