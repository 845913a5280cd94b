// Dot products: what register tiles are made of. A step of a tile broadcasts `unit` neighbouring inputs of each pixel
// and multiplies them with `unit` weights of each of `lanes` channels:
//
//     acc[lane] += sum over u < unit of x[u] * w[lane][u]
//
// An architecture has one for bytes (int8_dot: u8 x s8), one for floats (float_dot) and, where it has Winograd, one for
// shorts (int16_dot). Each is a type with
//
//     V                                the architecture's vector
//     input, weight, sum, accumulator  element types in memory, and the register of sums
//     value (input if left out)        element type of activations; direct.hpp widens a narrower one before it
//                                      multiplies
//     unit, lanes                      as above
//     planes (1 if left out)           packed weights of a vector hold elements 0, planes, 2 planes, ... of each unit
//                                      first
//     input_offset (0 if left out)     x stands for the byte at p less this: dots of two signed bytes have 128. Zero
//                                      terms make up for it (model/pack_layer.hpp)
//     cost                             DotCost, by which tiles and algorithms are chosen
//     pixels(vectors)                  of the widest tile that has so many vectors of channels; 0: none
//     broadcast(p), load(p), dot(acc, x, w)
//     in_memory(vectors) (0 if left out)  so many of a tile's vectors of weights find no register: dot(acc, x, p) reads
//     them
#pragma once

#include <cstdint>

namespace octet::kernels {

/// Half cycles that the three functions of a dot take on a core of today, where nothing else holds it up: one for the
/// instructions of which it starts two in a cycle.
struct DotCost {
    int dot = 1, broadcast = 1, load = 1;
};

namespace detail {
template <class Dot>
auto dot_value() {
    if constexpr (requires { typename Dot::value; })
        return typename Dot::value{};
    else
        return typename Dot::input{};
}
}  // namespace detail

/// The element type of the activations that a dot multiplies.
template <class Dot>
using value_of = decltype(detail::dot_value<Dot>());

/// The planes of a dot's packed weights.
template <class Dot>
constexpr int planes_of() {
    if constexpr (requires { Dot::planes; })
        return Dot::planes;
    else
        return 1;
}

/// What a dot takes away from its inputs.
template <class Dot>
constexpr int input_offset_of() {
    if constexpr (requires { Dot::input_offset; })
        return Dot::input_offset;
    else
        return 0;
}

/// The vectors of weights that a tile with so many reads from memory each time.
template <class Dot>
constexpr int in_memory(int vectors) {
    if constexpr (requires { Dot::in_memory(vectors); })
        return Dot::in_memory(vectors);
    else
        return 0;
}

/// acc += x * w in float32, on every architecture. `One`, `Two` and `Four` are the pixels of the widest register tile
/// with that many vectors of channels; 0: none.
template <class Vector, int One, int Two, int Four>
struct FloatDot {
    using V = Vector;
    using input = float;
    using weight = float;
    using sum = float;
    using accumulator = typename V::f32;
    using activations = typename V::f32;
    using weights = typename V::f32;
    static constexpr int unit = 1;
    static constexpr int lanes = V::lanes;
    static constexpr DotCost cost{1, 1, 1};
    static constexpr int pixels(int vectors) {
        return vectors == 4 ? Four : vectors == 2 ? Two : vectors == 1 ? One : 0;
    }

    static activations broadcast(const float* p) { return V::set(*p); }
    static weights load(const float* p) { return V::load(p); }
    static accumulator dot(accumulator acc, activations x, weights w) { return V::multiply_add(acc, x, w); }
};

}  // namespace octet::kernels
