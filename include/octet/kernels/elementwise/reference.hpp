// The specification of everything that works element by element, in the tensor's own order (HWC, gaps left
// out).
#pragma once

#include <cstdint>

#include "../../core/qparams.hpp"
#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"

namespace octet::kernels::reference {

namespace detail {
// Calls f(number, y, x, channel) for every element, in the tensor's order.
template <class F>
void for_each_element(const Layout& a, F f) {
    std::size_t i = 0;
    for (int y = 0; y < a.shape.h; ++y)
        for (int x = 0; x < a.shape.w; ++x)
            for (int c = 0; c < a.shape.c; ++c, ++i) f(i, y, x, c);
}
}  // namespace detail

/// y = a + b by the policy; its last few elements may follow another formula (Elementwise::add_body).
template <class Elementwise, bool Relu>
void add(const Layout& a, const Layout& b, const Layout& out, const std::uint8_t* in_a, const std::uint8_t* in_b,
         const typename Elementwise::Addition& addition, std::uint8_t* output) {
    const std::size_t body = Elementwise::add_body(out.shape.size());
    detail::for_each_element(out, [&](std::size_t i, int y, int x, int c) {
        const std::int32_t p = in_a[a.at(y, x) + c], q = in_b[b.at(y, x) + c];
        const std::int32_t sum = i < body ? Elementwise::template add<Scalar, Relu>(p, q, addition)
                                          : Elementwise::template add_tail<Scalar, Relu>(p, q, addition);
        output[out.at(y, x) + c] = static_cast<std::uint8_t>(sum);
    });
}

/// y = a b by the policy.
template <class Elementwise, bool Relu>
void mul(const Layout& a, const Layout& b, const Layout& out, const std::uint8_t* in_a, const std::uint8_t* in_b,
         const typename Elementwise::Multiplication& multiplication, std::uint8_t* output) {
    detail::for_each_element(out, [&](std::size_t, int y, int x, int c) {
        output[out.at(y, x) + c] = static_cast<std::uint8_t>(
            Elementwise::template mul<Scalar, Relu>(in_a[a.at(y, x) + c], in_b[b.at(y, x) + c], multiplication));
    });
}

/// Floats to u8.
template <class Elementwise>
void quantize(const Layout& in, const Layout& out, const float* values, QParams p, std::uint8_t* output) {
    detail::for_each_element(out, [&](std::size_t, int y, int x, int c) {
        output[out.at(y, x) + c] = static_cast<std::uint8_t>(
            Elementwise::template quantize<Scalar>(values[in.at(y, x) + c], 1.0f / p.scale, p.zero_point));
    });
}

}  // namespace octet::kernels::reference
