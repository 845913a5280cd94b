// Layers into the parameter block of a forward pass: weights in the order in which the kernels read them, and the
// constants that follow from the numbers of a file. One function for all layers of a kind, so that a program with many
// networks has it once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>  // host

#include "fold.hpp"
#include "forward.hpp"
#include "quantized_parameters.hpp"

namespace octet {

namespace detail {
template <class T>
T* part(std::byte* block, std::size_t offset) {
    return reinterpret_cast<T*>(block + offset);
}
}  // namespace detail

/// Packs one float layer, `weight` OHWI.
inline void pack_float_layer(const LayerParameters& p, std::span<const float> weight, std::span<const float> bias,
                             std::byte* block) {
    kernels::pack_weights(p.layout, weight.data(), detail::part<float>(block, p.weights));
    for (std::size_t o = 0; o < bias.size(); ++o) detail::part<float>(block, p.bias)[p.layout.padded(int(o))] = bias[o];
}

/// Folds and packs all layers of a float network.
inline void pack_float_layers(const FloatTensors& tensors, std::span<const LayerParameters> parameters,
                              std::byte* block) {
    std::vector<float> weight, bias;  // host
    for (int i = 0; i < tensors.fused.count; ++i) {
        if (!has_weights(tensors.fused[i].op)) continue;
        weight.resize(weight_count(tensors.fused, i));
        bias.resize(std::size_t(tensors.fused[i].shape.c));
        fold_layer(tensors, i, weight, bias);
        pack_float_layer(parameters[std::size_t(i)], weight, bias, block);
    }
}

/// Packs one int8 layer: what the file says of it, the zero point of its input `x` times each run of weights, and
/// whatever `Layer`, the arithmetic, makes of bias and scales. `y`: of its result; `relu`: one is fused.
template <class Layer>
[[gnu::noinline]] void pack_int8_layer(const LayerParameters& p, bool relu, const QuantizedLayer& l, QParams x,
                                       QParams y, std::byte* block) {
    using detail::part;
    static_assert(sizeof(typename Layer::Output) <= most_output_bytes,
                  "octet: the Output of a numerics policy's layer has at most 64 bytes (most_output_bytes)");
    p.packing.pack(p.layout, l.weights().data(), block + p.weights);
    kernels::sum_runs(p.layout, l.weights().data(), p.input_offset - x.zero_point,
                      part<std::int32_t>(block, p.zero_terms));
    std::copy(l.weight_scale.begin(), l.weight_scale.end(), part<float>(block, p.weight_scale));

    numerics::LayerQuantization quantization{x, y, l.weight_scale[0], l.per_channel};
    const numerics::ByteRange range{relu ? y.zero_point : 0, 255};
    *part<typename Layer::Output>(block, p.output) = Layer::output(quantization, range);
    for (int o = 0; o < p.layout.channels; ++o) {
        const auto n = std::size_t(o);
        if (l.per_channel) quantization.weight_scale = l.weight_scale[n];
        const typename Layer::Channel c = Layer::channel(quantization, l.bias[n]);
        const int at = p.layout.padded(o);
        part<float>(block, p.bias)[at] = l.bias[n];
        part<decltype(Layer::Channel::bias)>(block, p.channel_bias)[at] = c.bias;
        part<float>(block, p.multiplier)[at] = c.multiplier;
    }
}

/// The inverse of either, for saving: bias and, of an int8 layer, scales and integers. `count`: its weights.
inline void unpack_layer(const LayerParameters& p, std::size_t count, bool is_int8, bool per_channel,
                         const std::byte* block, QuantizedLayer& l) {
    const auto* bias = reinterpret_cast<const float*>(block + p.bias);
    for (int o = 0; o < p.layout.channels; ++o) l.bias.push_back(bias[p.layout.padded(o)]);
    if (!is_int8) {
        l.float_weight.resize(count);
        kernels::unpack_weights(p.layout, reinterpret_cast<const float*>(block + p.weights), l.float_weight.data());
        return;
    }
    l.weight.resize(count);
    p.packing.unpack(p.layout, block + p.weights, l.weight.data());
    const auto* scale = reinterpret_cast<const float*>(block + p.weight_scale);
    l.per_channel = per_channel;
    l.weight_scale.assign(scale, scale + (per_channel ? p.layout.channels : 1));
}

}  // namespace octet
