// acc += x * w in float32: what the float tile is made of, on every architecture.
#pragma once

namespace octet::kernels {

/// The dot product of one float with one vector of channels. `One`, `Two` and `Four` are the pixels of the widest
/// register tile with that many vectors of channels; 0: none.
template <class V, int One, int Two, int Four>
struct FloatDot {
    using input = float;
    using weight = float;
    using accumulator = typename V::f32;
    using activations = typename V::f32;
    using weights = typename V::f32;
    static constexpr int unit = 1;
    static constexpr int lanes = V::lanes;
    static constexpr int pixels(int vectors) {
        return vectors == 4 ? Four : vectors == 2 ? Two : vectors == 1 ? One : 0;
    }

    static activations broadcast(const float* p) { return V::set(*p); }
    static weights load(const float* p) { return V::load(p); }
    static accumulator dot(accumulator acc, activations x, weights w) { return V::multiply_add(acc, x, w); }
};

}  // namespace octet::kernels
