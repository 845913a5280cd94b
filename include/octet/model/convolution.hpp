// What a convolution does in a forward pass, in int8 and in float32. Two convolutions of the same spec differ only in
// where their operands lie, so that is data, and one function serves both, in whatever network they are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../core/qparams.hpp"
#include "../kernels/conv2d/conv2d.hpp"
#include "../kernels/conv2d/epilogue.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../numerics/policy.hpp"
#include "frame.hpp"
#include "run_units.hpp"

namespace octet {

/// Where one convolution finds what it works on, in bytes from the beginnings of the arena and the parameters.
struct ConvPlace {
    /// A value in the arena: of the first image, from one image's to the next, and whose scale and zero point it has.
    struct Value {
        std::uint32_t offset = 0, stride = 0;
        std::int32_t observer = -1;

        template <class T>
        T* in(const Frame& f) const {
            return reinterpret_cast<T*>(f.arena + offset + std::size_t(f.item) * stride);
        }
    };
    /// The parts of LayerParameters.
    struct Parameters {
        std::uint32_t weights = 0, bias = 0, multiplier = 0, zero_terms = 0, output = 0;
        std::int32_t padded = 0;
    };

    Value input{}, residual{}, output{};
    std::int32_t own_observer = -1;  ///< of the convolution's result before a residual is added to it
    Parameters parameters{};
    std::uint32_t scratch = 0;
    float low = 0.0f, high = 0.0f;  ///< of a clamp that moved into it
};

/// A node of a forward pass, ready to run: a function that does its work for all nodes like it, and what is this one's
/// own.
template <class E>
struct Step {
    using Function = void (*)(const Frame&, const ConvPlace&, E&);

    Function function = nullptr;
    const ConvPlace* place = nullptr;
    bool together = false;  ///< it takes all images of a batch together

    void operator()(const Frame& f, E& executor) const { function(f, *place, executor); }
};

namespace detail {

template <class T>
const T* parameter(const Frame& f, std::uint32_t offset) {
    return reinterpret_cast<const T*>(f.parameters + offset);
}

}  // namespace detail

/// int8: `Kernel` computes `S`, `Layer` and `Elementwise` are the numerics. Several images where S.images says so.
template <kernels::ConvSpec S, bool Clamped, class Kernel, class Layer, class Elementwise, class V, class E>
[[gnu::noinline]] void convolve_int8(const Frame& f, const ConvPlace& at, E& executor) {
    const QParams own = f.qparams[at.own_observer], result = f.qparams[at.output.observer];
    auto* output = at.output.in<std::uint8_t>(f);
    for (int n = 0; n < (S.images > 1 ? f.images : 1); ++n)
        kernels::fill_gaps<S.output>(output + std::size_t(n) * at.output.stride,
                                     static_cast<std::uint8_t>(result.zero_point));

    using Epilogue = kernels::QuantizedEpilogue<S, Layer, Elementwise, V>;
    Epilogue epilogue{};
    epilogue.output = output;
    epilogue.zero_terms = detail::parameter<std::int32_t>(f, at.parameters.zero_terms);
    epilogue.bias = detail::parameter<typename Epilogue::Bias>(f, at.parameters.bias);
    epilogue.multiplier = detail::parameter<float>(f, at.parameters.multiplier);
    epilogue.padded = at.parameters.padded;
    epilogue.range = *detail::parameter<typename Layer::Output>(f, at.parameters.output);
    if constexpr (Clamped) {  // not part of the parameters: layer by layer the clamp is a step of its own
        numerics::ByteRange& range = epilogue.range.range;
        range = {std::max(range.low, Elementwise::bound(at.low, own)), Elementwise::bound(at.high, own)};
    }
    if constexpr (S.epilogue.residual) {  // the convolution is rounded to its own scale, then added
        epilogue.residual = at.residual.in<std::uint8_t>(f);
        epilogue.addition = Elementwise::addition(own, f.qparams[at.residual.observer], result);
    }
    run_units<Kernel>(executor, at.input.in<const std::uint8_t>(f),
                      detail::parameter<typename Kernel::Weight>(f, at.parameters.weights), epilogue,
                      f.arena + at.scratch, f.images);
}

/// float32.
template <kernels::ConvSpec S, class Kernel, class V, class E>
[[gnu::noinline]] void convolve_float(const Frame& f, const ConvPlace& at, E& executor) {
    auto* output = at.output.in<float>(f);
    kernels::fill_gaps<S.output>(output, 0.0f);
    const kernels::FloatEpilogue<S, V> epilogue{output, S.epilogue.residual ? at.residual.in<float>(f) : nullptr,
                                                detail::parameter<float>(f, at.parameters.bias), at.low, at.high};
    run_units<Kernel>(executor, at.input.in<const float>(f),
                      detail::parameter<typename Kernel::Weight>(f, at.parameters.weights), epilogue, nullptr);
}

}  // namespace octet
