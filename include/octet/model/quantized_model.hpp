// State 4 of 4: the int8 program. Loaded by its type from its file; needs neither the float model nor prepare.
#pragma once

#include <span>

#include "../core/tensor.hpp"
#include "image_argument.hpp"
#include "int8_forward.hpp"
#include "quantized_parameters.hpp"
#include "run.hpp"

namespace octet {

/// What runs: the int8 network under a numerics policy. Its parameters are one block, laid out by the compiler:
/// weights packed for `Arch`, what the file says about scales, and the constants the policy derives from them.
template <class Net, class Numerics, class Arch>
class Int8Program {
public:
    using network = Net;
    using numerics = Numerics;
    using architecture = Arch;
    using forward = Int8Forward<Lowered<Net>, Placed<Net>, Numerics, Arch>;

    static constexpr const Graph& graph = fused_graph_of<Net>();
    static constexpr const Placement& placement = Placed<Net>::placement;
    static constexpr Shape input_shape = graph[0].shape;
    static constexpr Shape output_shape = graph[graph.output].shape;
    /// Bytes of activations during a forward pass.
    static constexpr std::size_t arena_bytes = forward::plan.bytes;
    static constexpr std::size_t parameter_bytes = forward::parameters.bytes;
    using Logits = Tensor<float, std::size_t(output_shape.size())>;

    /// Sets scale and zero point of observer `i`'s tensor. Before set_layer of any layer that touches it.
    void set_qparams(int i, QParams p) { qparams_[std::size_t(i)] = p; }
    /// Scale and zero point of fused layer `layer`'s result.
    QParams qparams(int layer) const { return qparams_[std::size_t(placement.observer[std::size_t(layer)])]; }

    /// All of them, by observer.
    std::span<const QParams> qparams() const { return qparams_; }
    /// Packs one layer: `weight` OHWI, a scale and a bias for each output channel.
    void set_layer(int layer, std::span<const std::int8_t> weight, std::span<const float> weight_scale,
                   std::span<const float> bias) {
        kernels::pack_weights(slots(layer).layout, weight.data(), at<std::int8_t>(slots(layer).weights));
        std::copy(weight_scale.begin(), weight_scale.end(), at<float>(slots(layer).weight_scale));
        std::copy(bias.begin(), bias.end(), at<float>(slots(layer).bias));
        derive(layer, weight, weight_scale, bias);
    }
    /// Takes over a whole quantized network.
    void assign(const QuantizedParameters& q) {
        for (std::size_t i = 0; i < q.qparams.size(); ++i) set_qparams(int(i), q.qparams[i]);
        for (int layer = 0; layer < graph.count; ++layer)
            if (const QuantizedLayer& l = q.layers[std::size_t(layer)]; !l.bias.empty())
                set_layer(layer, l.weight, l.weight_scale, l.bias);
    }
    /// The inverse of assign, for saving.
    QuantizedParameters parameters() const {
        QuantizedParameters q;
        q.qparams.assign(qparams_.begin(), qparams_.end());
        q.layers.resize(std::size_t(graph.count));
        for (int layer = 0; layer < graph.count; ++layer) {
            if (!has_weights(graph[layer].op)) continue;
            QuantizedLayer& l = q.layers[std::size_t(layer)];
            l.weight.resize(weight_count(graph, layer));
            get_layer(layer, l.weight);
            l.weight_scale.assign(weight_scale(layer).begin(), weight_scale(layer).end());
            l.bias.assign(bias(layer).begin(), bias(layer).end());
        }
        return q;
    }
    /// The inverse of set_layer: weights back in OHWI.
    void get_layer(int layer, std::span<std::int8_t> weight) const {
        kernels::unpack_weights(slots(layer).layout, at<std::int8_t>(slots(layer).weights), weight.data());
    }
    std::span<const float> weight_scale(int layer) const {
        return {at<float>(slots(layer).weight_scale), std::size_t(graph[layer].shape.c)};
    }
    std::span<const float> bias(int layer) const {
        return {at<float>(slots(layer).bias), std::size_t(graph[layer].shape.c)};
    }

    /// Logits of one image (any xtensor container of input_shape), in memory of the model's own.
    template <class Image, Executor E = Serial>
    Logits operator()(const Image& image, E&& executor = E{}) {
        if (qparams_[0].scale == 0.0f)
            throw Error("octet: this int8 model is empty: load it, or make it with convert");  // host
        return run(image_data<input_shape>(image), workspace_, executor);
    }
    /// The same for contiguous HWC floats and a workspace of the caller's. Allocates nothing.
    template <Executor E>
    Logits run(const float* image, Workspace<forward>& workspace, E& executor) const {
        const auto f = frame(image, workspace.arena.data());
        run_steps<forward>(f, executor);
        constexpr int output = forward::graph.output;
        const QParams p = forward::qparams(f, output);
        std::array<std::uint8_t, output_shape.size()> q;
        kernels::gather(forward::plan.layout[std::size_t(output)], forward::value(f, output), q.data());
        Logits logits;
        for (std::size_t i = 0; i < q.size(); ++i) logits.data()[i] = numerics::dequantize(q[i], p);
        return logits;
    }

    /// What a step of this model's forward pass (or of its fused form) works on.
    Int8Frame frame(const float* image, std::byte* arena) const {
        return {image, arena, parameters_.data(), qparams_.data()};
    }

private:
    static constexpr const typename forward::Layer& slots(int layer) {
        return forward::parameters.layer[std::size_t(layer)];
    }
    template <class T>
    T* at(std::size_t offset) {
        return reinterpret_cast<T*>(parameters_.data() + offset);
    }
    template <class T>
    const T* at(std::size_t offset) const {
        return reinterpret_cast<const T*>(parameters_.data() + offset);
    }

    // Constants that follow from the file's: the input zero point times each row of weights, and whatever the
    // numerics policy makes of bias and scales.
    void derive(int layer, std::span<const std::int8_t> weight, std::span<const float> weight_scale,
                std::span<const float> bias) {
        const kernels::WeightLayout& l = slots(layer).layout;
        const QParams x = qparams(graph[layer].inputs[0]), y = qparams(layer);
        const std::int8_t* w = weight.data();
        for (int o = 0; o < l.channels; ++o) {
            const auto c = numerics::channel(x, weight_scale[std::size_t(o)], bias[std::size_t(o)], y);
            at<float>(slots(layer).channel_bias)[o] = c.bias;
            at<float>(slots(layer).multiplier)[o] = c.multiplier;
            for (int r = 0; r < l.rows; ++r) {
                std::int32_t sum = 0;
                for (int e = 0; e < l.row_elements; ++e) sum += *w++;
                at<std::int32_t>(slots(layer).zero_terms)[r * l.padded_channels() + o] = -x.zero_point * sum;
            }
        }
    }

    std::array<QParams, std::size_t(placement.count)> qparams_{};
    Block<parameter_bytes> parameters_;
    Workspace<forward> workspace_;
};

/// An int8 network quantized under qconfig `QC`: the program, and the name under which its file was made.
template <class Net, class QC, class Arch = arch::best>
class QuantizedModel : public Int8Program<Net, typename QC::numerics, Arch> {
public:
    using qconfig = QC;
};

}  // namespace octet
