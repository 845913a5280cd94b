// What works element by element: additions that could not move into a convolution, the image's way in, the
// result's way out. A row of an activation is contiguous, so all of these are loops over rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "../../core/qparams.hpp"
#include "../../graph/memory_plan.hpp"
#include "../vector.hpp"

namespace octet::kernels {

/// Writes the padding: `value` into the gaps before each row and after the last.
template <Layout L, class T>
void fill_gaps(T* data, T value) {
    if constexpr (L.gap > 0)
        for (int y = 0; y <= L.shape.h; ++y) std::fill_n(data + y * L.row(), L.gap * L.shape.c, value);
}

namespace detail {
// Calls f.operator()<V>(i) for whole vectors of [begin, end), then f.operator()<Scalar>(i) for the rest.
template <class V, class F>
void for_each_vector(std::ptrdiff_t begin, std::ptrdiff_t end, F f) {
    const std::ptrdiff_t whole = begin + (end - begin) / V::lanes * V::lanes;
    for (std::ptrdiff_t i = begin; i < whole; i += V::lanes) f.template operator()<V>(i);
    for (std::ptrdiff_t i = whole; i < end; ++i) f.template operator()<Scalar>(i);
}
}  // namespace detail

/// Rows [begin, end) of an int8 addition.
template <Layout A, Layout B, Layout Out, class Numerics, bool Relu, class V>
void add(const std::uint8_t* a, const std::uint8_t* b, const typename Numerics::Addition& addition, std::uint8_t* out,
         int begin, int end) {
    constexpr std::ptrdiff_t row = std::ptrdiff_t(Out.shape.w) * Out.shape.c;
    constexpr auto body = std::ptrdiff_t(Numerics::add_body(Out.shape.size()));
    for (int y = begin; y < end; ++y) {
        const std::uint8_t *p = a + A.at(y, 0), *q = b + B.at(y, 0);
        std::uint8_t* o = out + Out.at(y, 0);
        const std::ptrdiff_t split = std::clamp(body - y * row, std::ptrdiff_t(0), row);
        detail::for_each_vector<V>(0, split, [&]<class W>(std::ptrdiff_t i) {
            W::store_u8(o + i, Numerics::template add<W, Relu>(W::load_u8(p + i), W::load_u8(q + i), addition));
        });
        for (std::ptrdiff_t i = split; i < row; ++i)
            o[i] = static_cast<std::uint8_t>(Numerics::template add_tail<Scalar, Relu>(p[i], q[i], addition));
    }
}

/// Rows [begin, end) of a float addition.
template <Layout A, Layout B, Layout Out, bool Relu, class V>
void add(const float* a, const float* b, float* out, int begin, int end) {
    for (int y = begin; y < end; ++y) {
        const float *p = a + A.at(y, 0), *q = b + B.at(y, 0);
        float* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, std::ptrdiff_t(Out.shape.w) * Out.shape.c, [&]<class W>(std::ptrdiff_t i) {
            auto sum = W::load(p + i) + W::load(q + i);
            if constexpr (Relu) sum = W::max(sum, W::set(0.0f));
            W::store(o + i, sum);
        });
    }
}

/// max(x, zero), for a ReLU that could not be fused. `zero` is the zero point, or 0.0f.
template <Layout In, Layout Out, class T>
void relu(const T* in, T zero, T* out, int begin, int end) {
    for (int y = begin; y < end; ++y)
        for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(Out.shape.w) * Out.shape.c; ++i)
            out[Out.at(y, 0) + i] = std::max(in[In.at(y, 0) + i], zero);
}

/// HWC to one vector in PyTorch's order, CHW.
template <Layout In, Layout Out, class T>
void flatten(const T* in, T* out) {
    out += Out.at(0, 0);
    for (int c = 0; c < In.shape.c; ++c)
        for (int y = 0; y < In.shape.h; ++y)
            for (int x = 0; x < In.shape.w; ++x) *out++ = in[In.at(y, x) + c];
}

/// Rows [begin, end) of a contiguous HWC image of floats to u8.
template <Layout Out, class Numerics, class V>
[[gnu::noinline]] void quantize(const float* image, QParams p, std::uint8_t* out, int begin, int end) {
    constexpr std::ptrdiff_t row = std::ptrdiff_t(Out.shape.w) * Out.shape.c;
    const float inverse = 1.0f / p.scale;
    for (int y = begin; y < end; ++y) {
        const float* in = image + y * row;
        std::uint8_t* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, row, [&]<class W>(std::ptrdiff_t i) {
            W::store_u8(o + i, Numerics::template quantize<W>(W::load(in + i), inverse, p.zero_point));
        });
    }
}

/// A contiguous HWC image into an activation: rows [begin, end).
template <Layout Out>
void place(const float* image, float* out, int begin, int end) {
    constexpr std::size_t row = std::size_t(Out.shape.w) * std::size_t(Out.shape.c);
    for (int y = begin; y < end; ++y)
        std::memcpy(out + Out.at(y, 0), image + std::size_t(y) * row, row * sizeof(float));
}

/// An activation out of its layout: contiguous HWC.
template <class T>
void gather(const Layout& in, const T* data, T* contiguous) {
    const std::size_t row = std::size_t(in.shape.w) * std::size_t(in.shape.c);
    for (int y = 0; y < in.shape.h; ++y)
        std::memcpy(contiguous + std::size_t(y) * row, data + in.at(y, 0), row * sizeof(T));
}

}  // namespace octet::kernels
