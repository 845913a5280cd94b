// State 1 of 4: a trained network in float32, as its file has it. Batch norms are folded when it runs.
//
//     FloatModel --prepare--> PreparedModel --calibrate--> CalibratedModel --convert--> QuantizedModel
#pragma once

#include <span>

#include "../core/tensor.hpp"
#include "../graph/tensor_list.hpp"
#include "fold.hpp"
#include "image_argument.hpp"
#include "pack_layer.hpp"
#include "quantized_parameters.hpp"
#include "run.hpp"

namespace octet {

/// The float32 weights of `Net` and a forward pass over them. Made by octet::load, or by filling `tensor(i)`
/// for every slot of `tensors` and calling `pack()`.
template <class Net, class Arch = arch::best>
class FloatModel {
public:
    using network = Net;
    using architecture = Arch;
    using forward = Forward<Lowered<Net>, void, Arch>;

    static constexpr GraphView written = view_of<graph_of<Net>()>;
    static constexpr GraphView graph = Fused<Net>::graph;
    static constexpr auto tensors = [] {
        constexpr TensorList list = list_tensors(graph_of<Net>());
        return list.template cut<std::size_t(list.count), std::size_t(graph_of<Net>().count)>();
    }();
    static constexpr Shape input_shape = graph[0].shape;
    static constexpr Shape output_shape = graph[graph.output].shape;
    /// Bytes of activations during a forward pass; std::dynamic_extent where the architecture is chosen at start.
    static constexpr std::size_t arena_bytes = forward::arena_bytes;
    using Logits = Tensor<float, std::size_t(output_shape.size())>;

    /// What a host reads of its forward pass at run time, whatever the architecture.
    static const ForwardTables& tables() { return forward::tables(); }

    /// The floats of tensor `i` of `tensors`, in the file's order (OIHW for convolutions).
    std::span<float> tensor(int i) {
        is_packed_ = false;
        const TensorSlot& slot = tensors.slots[std::size_t(i)];
        return {reinterpret_cast<float*>(raw_.data()) + slot.offset, slot.size};
    }
    std::span<const float> tensor(int i) const {
        const TensorSlot& slot = tensors.slots[std::size_t(i)];
        return {reinterpret_cast<const float*>(raw_.data()) + slot.offset, slot.size};
    }

    /// All of them, and the graphs they belong to.
    FloatTensors all_tensors() const {
        return {written, graph, tensors.slots, tensors.first, reinterpret_cast<const float*>(raw_.data())};
    }

    /// Weights (OHWI) and bias of fused layer `layer`, its batch norm folded in (fold.hpp).
    void fold(int layer, std::span<float> weight, std::span<float> bias) const {
        fold_layer(all_tensors(), layer, weight, bias);
    }

    /// Folds and packs all weights for the forward pass. Call it after the last change to a tensor.
    void pack() {
        is_packed_ = true;
        pack_float_layers(all_tensors(), forward::tables().layers, packed_.data());
    }

    /// Logits of one image (any xtensor container of input_shape), in memory of the model's own.
    template <class Image, Executor E = typename forward::default_executor>
    Logits operator()(const Image& image, E&& executor = one_thread<E>()) {
        return run(image_data<input_shape>(image), workspace_, executor);
    }
    /// The same for contiguous HWC floats and a workspace of the caller's. Allocates nothing.
    template <Executor E>
    Logits run(const float* image, Workspace<forward>& workspace, E& executor) const {
        const Frame frame{image, workspace.arena.data(), parameters()};
        run_steps<forward>(frame, executor);
        Logits logits;
        read_value<forward>(frame, forward::graph.output, logits.data());
        return logits;
    }

    /// The packed parameters, for frames of its forward pass. Throws octet::Error when a tensor may have changed since
    /// pack().
    const std::byte* parameters() const {
        if (!is_packed_)
            throw Error(
                "octet: a float model's tensors were set, or never were, without pack() afterwards: call it");  // host
        return packed_.data();
    }

private:
    Block raw_{tensors.floats * sizeof(float)};
    Block packed_{forward::tables().parameter_bytes};
    bool is_packed_ = false;
    Workspace<forward> workspace_;
};

}  // namespace octet
