// The specification of everything that works element by element, in the tensor's own order (HWC, gaps left
// out).
#pragma once

#include <cstdint>

#include "../../core/qparams.hpp"
#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"

namespace octet::kernels::reference {

/// y = a + b by the policy; its last few elements may follow another formula (Numerics::add_body).
template <class Numerics, bool Relu>
void add(const Layout& a, const Layout& b, const Layout& out, const std::uint8_t* in_a, const std::uint8_t* in_b,
         const typename Numerics::Addition& addition, std::uint8_t* output) {
    const std::size_t body = Numerics::add_body(out.shape.size());
    std::size_t i = 0;
    for (int y = 0; y < out.shape.h; ++y)
        for (int x = 0; x < out.shape.w; ++x)
            for (int c = 0; c < out.shape.c; ++c, ++i) {
                const std::int32_t p = in_a[a.at(y, x) + c], q = in_b[b.at(y, x) + c];
                const std::int32_t sum = i < body ? Numerics::template add<Scalar, Relu>(p, q, addition)
                                                  : Numerics::template add_tail<Scalar, Relu>(p, q, addition);
                output[out.at(y, x) + c] = static_cast<std::uint8_t>(sum);
            }
}

/// A contiguous HWC image of floats to u8.
template <class Numerics>
void quantize(const Layout& out, const float* image, QParams p, std::uint8_t* output) {
    for (int y = 0; y < out.shape.h; ++y)
        for (int x = 0; x < out.shape.w; ++x)
            for (int c = 0; c < out.shape.c; ++c)
                output[out.at(y, x) + c] = static_cast<std::uint8_t>(
                    Numerics::template quantize<Scalar>(*image++, 1.0f / p.scale, p.zero_point));
}

}  // namespace octet::kernels::reference
