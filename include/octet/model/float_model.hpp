// State 1 of 4: a trained network in float32, as its file has it. Batch norms are folded when it runs.
//
//     FloatModel --prepare--> PreparedModel --calibrate--> CalibratedModel --convert--> QuantizedModel
#pragma once

#include <cmath>
#include <span>
#include <vector>  // host

#include "../core/tensor.hpp"
#include "../graph/tensor_list.hpp"
#include "float_forward.hpp"
#include "image_argument.hpp"
#include "run.hpp"

namespace octet {

/// The float32 weights of `Net` and a forward pass over them. Made by octet::load, or by filling `tensor(i)`
/// for every slot of `tensors` and calling `pack()`.
template <class Net, class Arch = arch::best>
class FloatModel {
public:
    using network = Net;
    using architecture = Arch;
    using forward = FloatForward<Lowered<Net>, Arch>;

    static constexpr const Graph& written = graph_of<Net>();
    static constexpr const Graph& graph = fused_graph_of<Net>();
    static constexpr TensorList tensors = list_tensors(graph_of<Net>());
    static constexpr Shape input_shape = graph[0].shape;
    static constexpr Shape output_shape = graph[graph.output].shape;
    /// Bytes of activations during a forward pass.
    static constexpr std::size_t arena_bytes = forward::plan.bytes;
    using Logits = Tensor<float, std::size_t(output_shape.size())>;

    /// The floats of tensor `i` of `tensors`, in the file's order (OIHW for convolutions).
    std::span<float> tensor(int i) {
        const TensorSlot& slot = tensors.slots[std::size_t(i)];
        return {reinterpret_cast<float*>(raw_.data()) + slot.offset, slot.size};
    }
    std::span<const float> tensor(int i) const { return const_cast<FloatModel*>(this)->tensor(i); }

    /// Folds the batch norm of fused layer `layer` (PyTorch's arithmetic: W' = W f(gamma r),
    /// b' = f(f(f(f(b - mean) r) gamma) + beta), r = f(1 / f(sqrt(f(var + eps))))) into `weight` (OHWI) and `bias`.
    void fold(int layer, std::span<float> weight, std::span<float> bias) const {
        const Node& n = graph[layer];
        const int first = tensors.first[std::size_t(n.source)];
        const std::span<const float> w = tensor(first);
        const int in = graph[n.inputs[0]].shape.c, kh = n.window.kernel.h, kw = n.window.kernel.w;
        for (int o = 0; o < n.shape.c; ++o) {
            float scale = 1.0f, b = n.bias ? tensor(first + 1)[std::size_t(o)] : 0.0f;
            if (n.batch_norm >= 0) {
                const int bn = tensors.first[std::size_t(n.batch_norm)];
                const auto of = [&](int k) { return tensor(bn + k)[std::size_t(o)]; };  // gamma, beta, mean, variance
                const float r = 1.0f / std::sqrt(of(3) + written[n.batch_norm].eps);
                scale = of(0) * r;
                b = (b - of(2)) * r * of(0) + of(1);
            }
            bias[std::size_t(o)] = b;
            for (int c = 0; c < in; ++c)
                for (int y = 0; y < kh; ++y)
                    for (int x = 0; x < kw; ++x) {
                        const float folded = w[std::size_t(((o * in + c) * kh + y) * kw + x)] * scale;
                        weight[std::size_t(((o * kh + y) * kw + x) * in + c)] = folded;
                    }
        }
    }

    /// Number of weights of fused layer `layer`; 0 where it has none.
    static constexpr std::size_t weight_count(int layer) {
        if (!has_weights(graph[layer].op)) return 0;
        return tensors.slots[std::size_t(tensors.first[std::size_t(graph[layer].source)])].size;
    }

    /// Folds and packs all weights for the forward pass. Call it after the last change to a tensor.
    void pack() {
        std::vector<float> weight;  // host
        for (int i = 0; i < graph.count; ++i) {
            if (!has_weights(graph[i].op)) continue;
            const auto& layer = forward::parameters.layer[std::size_t(i)];
            weight.resize(weight_count(i));
            fold(i, weight, {at(layer.bias), std::size_t(graph[i].shape.c)});
            kernels::pack_weights(layer.layout, weight.data(), at(layer.weights));
        }
    }

    /// Logits of one image (any xtensor container of input_shape), in memory of the model's own.
    template <class Image, Executor E = Serial>
    Logits operator()(const Image& image, E&& executor = E{}) {
        return run(image_data<input_shape>(image), workspace_, executor);
    }
    /// The same for contiguous HWC floats and a workspace of the caller's. Allocates nothing.
    template <Executor E>
    Logits run(const float* image, Workspace<forward>& workspace, E& executor) const {
        const typename forward::Frame frame{image, workspace.arena.data(), packed_.data()};
        run_steps<forward>(frame, executor);
        Logits logits;
        kernels::gather(forward::plan.layout[std::size_t(forward::graph.output)],
                        forward::value(frame, forward::graph.output), logits.data());
        return logits;
    }

    /// The packed parameters, for frames of FloatForward.
    const std::byte* parameters() const { return packed_.data(); }

private:
    float* at(std::size_t offset) { return reinterpret_cast<float*>(packed_.data() + offset); }

    Block<tensors.floats * sizeof(float)> raw_;
    Block<forward::parameters.bytes> packed_;
    Workspace<forward> workspace_;
};

}  // namespace octet
