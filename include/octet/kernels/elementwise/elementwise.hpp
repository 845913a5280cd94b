// What works element by element: additions that could not move into a convolution, the image's way in, the
// result's way out. A row of an activation is contiguous, so all of these are loops over rows.
#pragma once

#include <algorithm>
#include <array>
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
template <Layout A, Layout B, Layout Out, class Elementwise, bool Relu, class V>
void add(const std::uint8_t* a, const std::uint8_t* b, const typename Elementwise::Addition& addition,
         std::uint8_t* out, int begin, int end) {
    constexpr std::ptrdiff_t row = std::ptrdiff_t(Out.shape.w) * Out.shape.c;
    constexpr auto body = std::ptrdiff_t(Elementwise::add_body(Out.shape.size()));
    for (int y = begin; y < end; ++y) {
        const std::uint8_t *p = a + A.at(y, 0), *q = b + B.at(y, 0);
        std::uint8_t* o = out + Out.at(y, 0);
        const std::ptrdiff_t split = std::clamp(body - y * row, std::ptrdiff_t(0), row);
        detail::for_each_vector<V>(0, split, [&]<class W>(std::ptrdiff_t i) {
            W::store_u8(o + i, Elementwise::template add<W, Relu>(W::load_u8(p + i), W::load_u8(q + i), addition));
        });
        for (std::ptrdiff_t i = split; i < row; ++i)
            o[i] = static_cast<std::uint8_t>(Elementwise::template add_tail<Scalar, Relu>(p[i], q[i], addition));
    }
}

/// Rows [begin, end) of an int8 multiplication.
template <Layout A, Layout B, Layout Out, class Elementwise, bool Relu, class V>
void mul(const std::uint8_t* a, const std::uint8_t* b, const typename Elementwise::Multiplication& c, std::uint8_t* out,
         int begin, int end) {
    for (int y = begin; y < end; ++y) {
        const std::uint8_t *p = a + A.at(y, 0), *q = b + B.at(y, 0);
        std::uint8_t* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, std::ptrdiff_t(Out.shape.w) * Out.shape.c, [&]<class W>(std::ptrdiff_t i) {
            W::store_u8(o + i, Elementwise::template mul<W, Relu>(W::load_u8(p + i), W::load_u8(q + i), c));
        });
    }
}

/// Rows [begin, end) of f(a, b) in float, clamped at 0 with `Relu`. `f` works on vectors.
template <Layout A, Layout B, Layout Out, bool Relu, class V, class F>
void combine(const float* a, const float* b, float* out, int begin, int end, F f) {
    for (int y = begin; y < end; ++y) {
        const float *p = a + A.at(y, 0), *q = b + B.at(y, 0);
        float* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, std::ptrdiff_t(Out.shape.w) * Out.shape.c, [&]<class W>(std::ptrdiff_t i) {
            auto result = f(W::load(p + i), W::load(q + i));
            if constexpr (Relu) result = W::max(W::set(0.0f), result);  // a NaN stays one
            W::store(o + i, result);
        });
    }
}

/// Rows [begin, end), no value below `low` or above `high`.
template <Layout In, Layout Out, class T>
void clamp(const T* in, T low, T high, T* out, int begin, int end) {
    for (int y = begin; y < end; ++y)
        for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(Out.shape.w) * Out.shape.c; ++i)
            out[Out.at(y, 0) + i] = std::min(std::max(in[In.at(y, 0) + i], low), high);
}

/// Rows [begin, end) of one operand of a cat, whose channels become those from `first` on, each element mapped by
/// map(element, channel).
template <Layout In, Layout Out, class T, class Map>
void join(const T* in, int first, T* out, int begin, int end, Map map) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < Out.shape.w; ++x) {
            const T* from = in + In.at(y, x);
            T* to = out + Out.at(y, x) + first;
            for (int c = 0; c < In.shape.c; ++c) to[c] = map(from[c], c);
        }
}

/// What a cat makes of each integer of an operand that has another scale than its result; `tail`: in the operand's
/// last channels.
template <class Elementwise>
std::array<std::uint8_t, 256> join_table(QParams from, QParams to, bool tail) {
    std::array<std::uint8_t, 256> table{};
    for (int q = 0; q < 256; ++q)
        table[std::size_t(q)] = static_cast<std::uint8_t>(
            Elementwise::template quantize<Scalar>(Elementwise::join(q, from, tail), 1.0f / to.scale, to.zero_point));
    return table;
}

/// HWC to one vector in PyTorch's order, CHW.
template <Layout In, Layout Out, class T>
void flatten(const T* in, T* out) {
    out += Out.at(0, 0);
    for (int c = 0; c < In.shape.c; ++c)
        for (int y = 0; y < In.shape.h; ++y)
            for (int x = 0; x < In.shape.w; ++x) *out++ = in[In.at(y, x) + c];
}

/// Rows [begin, end) of floats to u8.
template <Layout In, Layout Out, class Elementwise, class V>
[[gnu::noinline]] void quantize(const float* in, QParams p, std::uint8_t* out, int begin, int end) {
    const float inverse = 1.0f / p.scale;
    for (int y = begin; y < end; ++y) {
        const float* x = in + In.at(y, 0);
        std::uint8_t* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, std::ptrdiff_t(Out.shape.w) * Out.shape.c, [&]<class W>(std::ptrdiff_t i) {
            W::store_u8(o + i, Elementwise::template quantize<W>(W::load(x + i), inverse, p.zero_point));
        });
    }
}

/// Rows [begin, end) of u8 to floats.
template <Layout In, Layout Out, class Elementwise, class V>
void dequantize(const std::uint8_t* in, QParams p, float* out, int begin, int end) {
    for (int y = begin; y < end; ++y) {
        const std::uint8_t* q = in + In.at(y, 0);
        float* o = out + Out.at(y, 0);
        detail::for_each_vector<V>(0, std::ptrdiff_t(Out.shape.w) * Out.shape.c, [&]<class W>(std::ptrdiff_t i) {
            W::store(o + i, Elementwise::template dequantize<W>(W::load_u8(q + i), p));
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
