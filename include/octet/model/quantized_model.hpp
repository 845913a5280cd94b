// State 4 of 4: the int8 program. Loaded by its type from its file; needs neither the float model nor prepare.
#pragma once

#include <memory>  // host
#include <span>
#include <utility>

#include "../core/tensor.hpp"
#include "../observe/qconfig_mapping.hpp"
#include "forward.hpp"
#include "image_argument.hpp"
#include "pack_layer.hpp"
#include "quantized_parameters.hpp"
#include "run.hpp"

namespace octet {

/// What runs: the int8 network under a numerics policy. Its parameters are one block, laid out by the compiler:
/// weights packed for `Arch`, what the file says about scales, and the constants the policy derives from them.
/// `Precision` says which layers are int8 (graph/forms.hpp), `Kernels` which algorithms convolve
/// (kernels/conv2d/policy.hpp).
template <class Net, class Precision, class Numerics, class Arch, class Kernels>
class Int8Program {
public:
    using network = Net;
    using precision = Precision;
    using numerics = Numerics;
    using architecture = Arch;
    using kernel_policy = Kernels;
    using forward = Forward<LoweredInt8<Net, Precision>, Numerics, Arch, Kernels>;
    /// The same network one fused layer at a time, on the same parameters.
    using layerwise = Forward<FusedInt8<Net, Precision>, Numerics, Arch, Kernels>;

    static constexpr GraphView graph = Fused<Net>::graph;
    static constexpr const Placement& placement = Placed<Net, Precision>::placement;
    static constexpr Shape input_shape = graph[0].shape;
    static constexpr Shape output_shape = graph[graph.output].shape;
    /// Bytes of activations during a forward pass, and of packed parameters; std::dynamic_extent where the architecture
    /// is chosen at start.
    static constexpr std::size_t arena_bytes = forward::arena_bytes;
    static constexpr std::size_t parameter_bytes = forward::parameter_bytes;
    using Logits = Tensor<float, std::size_t(output_shape.size())>;

    /// Whether fused layer `layer` is int8; else it is a float island.
    static constexpr bool is_int8(int layer) { return Placed<Net, Precision>::qconfig_of[std::size_t(layer)] >= 0; }

    /// What a host reads of its forward pass at run time, whatever the architecture.
    static const ForwardTables& tables() { return forward::tables(); }

    /// Takes over a whole quantized network. Throws octet::Error in a program whose compiler fuses a * b + c.
    void assign(const QuantizedParameters& q) {
        check_rounding();
        std::copy(q.qparams.begin(), q.qparams.end(), qparams_.begin());
        const auto block = std::make_shared<Block>(tables().parameter_bytes);  // host
        [&]<int... I>(std::integer_sequence<int, I...>) { (set_layer<I>(q, block->data()), ...); }
        (std::make_integer_sequence<int, forward::graph.count>{});
        parameters_ = {block, block->data()};
    }
    /// The inverse of assign, for saving.
    QuantizedParameters parameters() const {
        QuantizedParameters q;
        q.qparams.assign(qparams_.begin(), qparams_.end());
        q.layers.resize(std::size_t(graph.count));
        for (int layer = 0; layer < graph.count; ++layer)
            if (has_weights(graph[layer].op))
                unpack_layer(slots(layer), weight_count(graph, layer), is_int8(layer), per_channel_[std::size_t(layer)],
                             parameters_.get(), q.layers[std::size_t(layer)]);
        return q;
    }

    /// What a packed file (io/packed_file.hpp) holds: the parameters as they lie in memory, and what is beside them.
    struct Packed {
        std::array<QParams, std::size_t(placement.count)> qparams{};
        std::array<bool, std::size_t(graph.count)> per_channel{};
        std::shared_ptr<const std::byte> parameters{};  ///< host; `parameter_bytes`, aligned to a cache line
    };
    Packed packed() const { return {qparams_, per_channel_, parameters_}; }
    /// Uses parameters where they lie, packed by a program with the same forward pass.
    void assign(Packed packed) {
        check_rounding();
        qparams_ = packed.qparams;
        per_channel_ = packed.per_channel;
        parameters_ = std::move(packed.parameters);
    }

    /// Scale and zero point of fused layer `layer`'s result, if it is observed.
    QParams qparams(int layer) const { return qparams_[std::size_t(placement.observer[std::size_t(layer)])]; }
    /// All of them, by observer.
    std::span<const QParams> qparams() const { return qparams_; }

    /// Logits of one image (any xtensor container of input_shape), in memory of the model's own.
    template <class Image, Executor E = typename forward::default_executor>
    Logits operator()(const Image& image, E&& executor = one_thread<E>()) {
        if (qparams_[0].scale == 0.0f)
            throw Error("octet: this int8 model is empty: load it, or make it with convert");  // host
        return run(image_data<input_shape>(image), workspace_, executor);
    }
    /// The same for contiguous HWC floats and a workspace of the caller's. Allocates nothing.
    template <Executor E>
    Logits run(const float* image, Workspace<forward>& workspace, E& executor) const {
        const auto f = frame(image, workspace.arena.data());
        run_steps<forward>(f, executor);
        Logits logits;
        read_value<forward>(f, forward::graph.output, logits.data());
        return logits;
    }

    /// Logits of many images: as many at a time as the kernel policy computes together (kernels::throughput).
    /// `images` and `logits` have the same size. Allocates nothing.
    template <Executor E>
    void run(std::span<const float* const> images, std::span<Logits> logits, Workspace<forward>& workspace,
             E& executor) const {
        const auto most = std::size_t(tables().batch.images);
        for (std::size_t first = 0; first < images.size(); first += most) {
            const std::size_t n = std::min(images.size() - first, most);
            Frame f = frame(images[first], workspace.arena.data());
            run_batch<forward>(f, images.subspan(first, n), executor);
            for (f.item = 0; f.item < int(n); ++f.item)
                read_value<forward>(f, forward::graph.output, logits[first + std::size_t(f.item)].data());
        }
    }

    /// What a step of this model's forward pass, or of its layerwise form, works on.
    Frame frame(const float* image, std::byte* arena) const {
        return {image, arena, parameters_.get(), qparams_.data()};
    }

private:
    static const LayerParameters& slots(int layer) { return tables().layers[std::size_t(layer)]; }
    static void check_rounding() {
        if (rounds_products()) return;
        throw Error(  // host
            "octet: this program was compiled so that a * b + c is rounded once, which changes integers; expected "
            "-ffp-contract=off. The CMake target octet::octet sets it: add it to the compiler's options, behind "
            "any other -ffp-contract");
    }
    static std::shared_ptr<const std::byte> zeros() {  // host
        const auto block = std::make_shared<const Block>(tables().parameter_bytes);
        return {block, block->data()};
    }

    // Packs the weights of the layer that node I of the forward pass computes.
    template <int I>
    void set_layer(const QuantizedParameters& q, std::byte* block) {
        constexpr const Node& node = forward::graph[I];
        if constexpr (has_weights(node.op)) {
            const QuantizedLayer& l = q.layers[std::size_t(node.layer)];
            const LayerParameters& p = slots(node.layer);
            if constexpr (!node.quantized) {
                pack_float_layer(p, l.float_weight, l.bias, block);
            } else {
                per_channel_[std::size_t(node.layer)] = l.per_channel;
                pack_int8_layer<typename forward::template LayerOf<I>>(
                    p, node.relu, l, qparams(graph[node.layer].inputs[0]), qparams(node.layer), block);
            }
        }
    }

    std::array<QParams, std::size_t(placement.count)> qparams_{};
    std::array<bool, std::size_t(graph.count)> per_channel_{};  // by fused layer
    std::shared_ptr<const std::byte> parameters_ = zeros();     // host; never changed, and so shared by copies
    Workspace<forward> workspace_;
};

/// An int8 network quantized under `QC`, a qconfig or a QConfigMapping: the program, and the name under which its file
/// was made. With `Kernels` = kernels::direct it is the smallest program.
template <class Net, class QC, class Arch = arch::best, class Kernels = kernels::fastest>
class QuantizedModel : public Int8Program<Net, typename QConfigs<QC>::precision, typename QC::numerics, Arch, Kernels> {
public:
    using qconfig = QC;
};

}  // namespace octet
