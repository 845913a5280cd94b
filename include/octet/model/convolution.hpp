// What a convolution does in a forward pass, in int8 and in float32.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../core/qparams.hpp"
#include "../kernels/conv2d/conv2d.hpp"
#include "../kernels/conv2d/epilogue.hpp"
#include "../kernels/conv2d/tile_epilogue.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../numerics/policy.hpp"
#include "frame.hpp"
#include "run_units.hpp"
#include "step.hpp"

namespace octet {

namespace detail {

template <class T>
const T* parameter(const Frame& f, std::uint32_t offset) {
    return reinterpret_cast<const T*>(f.parameters + offset);
}

}  // namespace detail

/// int8: `Kernel` computes `S`, `Layer` and `Elementwise` are the numerics. Several images where S.images says so.
template <kernels::ConvSpec S, bool Clamped, class Kernel, class Layer, class Elementwise, class V, class E>
[[gnu::noinline]] void convolve_int8(const Frame& f, const StepPlace& at, E& executor) {
    const QParams own = f.qparams[at.own_observer], result = f.qparams[at.output.observer];
    auto* output = at.output.in<std::uint8_t>(f);
    for (int n = 0; n < (S.images > 1 ? f.images : 1); ++n)
        kernels::fill_gaps<S.output>(output + std::size_t(n) * at.output.stride,
                                     static_cast<std::uint8_t>(result.zero_point));

    using Of = kernels::QuantizedEpilogueOf<S, Layer, Elementwise, V>;
    using Epilogue = typename Of::type;
    Epilogue epilogue{};
    epilogue.places = Of::places;
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
        epilogue.residual = at.second.in<std::uint8_t>(f);
        epilogue.addition = Elementwise::addition(own, f.qparams[at.second.observer], result);
    }
    run_units<Kernel>(executor, at.input.in<const std::uint8_t>(f),
                      detail::parameter<typename Kernel::Weight>(f, at.parameters.weights),
                      kernels::TileEpilogue(epilogue), f.arena + at.scratch, f.images);
}

/// float32.
template <kernels::ConvSpec S, class Kernel, class V, class E>
[[gnu::noinline]] void convolve_float(const Frame& f, const StepPlace& at, E& executor) {
    auto* output = at.output.in<float>(f);
    kernels::fill_gaps<S.output>(output, 0.0f);
    using Of = kernels::FloatEpilogueOf<S, V>;
    const typename Of::type epilogue{Of::places,
                                     output,
                                     S.epilogue.residual ? at.second.in<float>(f) : nullptr,
                                     detail::parameter<float>(f, at.parameters.bias),
                                     at.low,
                                     at.high};
    run_units<Kernel>(executor, at.input.in<const float>(f),
                      detail::parameter<typename Kernel::Weight>(f, at.parameters.weights),
                      kernels::TileEpilogue(epilogue), nullptr);
}

}  // namespace octet
