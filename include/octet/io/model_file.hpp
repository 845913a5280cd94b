// Models in files: octet::load<Model>(path) and octet::save(model, path).
//
// A float model is a PyTorch state_dict (safetensors or JSON); an int8 model is a safetensors file of octet's
// (int8_file.hpp). A file is either loaded whole or refused with one message that lists all that is wrong.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "../model/float_model.hpp"
#include "../model/quantized_model.hpp"
#include "int8_file.hpp"
#include "read_tensor_file.hpp"
#include "tensor_reader.hpp"

namespace octet {

namespace detail {

// Reads the tensors of `written`, which are `slots`.
inline void read_state_dict(const TensorFile& file, GraphView written, std::span<const TensorSlot> slots,
                            const std::function<std::span<float>(int)>& tensor) {
    TensorReader reader(file);
    for (int i = 0; i < int(slots.size()); ++i) {
        const TensorSlot& slot = slots[std::size_t(i)];
        const std::span<float> values = tensor(i);
        reader.read(slot.name.view(), std::span(slot.shape).first(slot.rank), values);
        if (!slot.name.view().ends_with(".running_var")) continue;
        for (const float v : values)
            if (v < 0.0f) {
                reader.mismatch(std::string(slot.name.view()) + ": expected variances of 0 or more, found " +
                                std::to_string(v));
                break;
            }
    }
    for (int i = 0; i < written.count; ++i)
        if (written[i].op == Op::batch_norm)
            reader.ignore(std::string(written[i].name.view()) + ".num_batches_tracked");
    reader.finish();
}

template <class Model>
struct file_of {
    static_assert(never<Model>,
                  "octet: load gives a FloatModel or a QuantizedModel; the states in between have no file");
};

template <class Net, class Arch>
struct file_of<FloatModel<Net, Arch>> {
    using Model = FloatModel<Net, Arch>;
    static Model load(const TensorFile& file) {
        if (is_int8_file(file))
            throw Error(file.path().string() +
                        ": expected a float model (a state_dict), found an int8 model of octet's; load "
                        "it as a QuantizedModel");
        Model model;
        read_state_dict(file, Model::written, Model::tensors.slots, [&](int i) { return model.tensor(i); });
        model.pack();
        return model;
    }
};

template <class Net, class QC, class Arch, class Kernels>
struct file_of<QuantizedModel<Net, QC, Arch, Kernels>> {
    using Model = QuantizedModel<Net, QC, Arch, Kernels>;
    static Int8File identity() {
        std::array<Weights, Graph::max_nodes> weights{};
        for (int layer = 0; layer < Model::graph.count; ++layer) {
            with_qconfig<QC>(Placed<Net, typename Model::precision>::qconfig_of[std::size_t(layer)],
                             [&]<class Chosen>() {
                                 using W = typename Chosen::weight;
                                 weights[std::size_t(layer)] = {
                                     Observer<W> ? Weights::per_tensor : Weights::per_channel, weight_range<W>()};
                             });
        }
        return {Model::graph, Model::placement, QC::name, QC::numerics::name, weights};
    }
    static Model load(const TensorFile& file) {
        Model model;
        model.assign(identity().load(file));
        return model;
    }
};

}  // namespace detail

/// Loads a FloatModel (a state_dict) or a QuantizedModel (saved by octet) from a file already read.
template <class Model>
Model load(const TensorFile& file) {
    return detail::file_of<Model>::load(file);
}
/// The same from a path: safetensors or JSON. Throws octet::Error listing every mismatch.
template <class Model>
Model load(const std::filesystem::path& path) {
    return load<Model>(read_tensor_file(path));
}

/// Saves an int8 model. Writes aside and renames, so that no half-written file is left.
template <class Net, class QC, class Arch, class Kernels>
void save(const QuantizedModel<Net, QC, Arch, Kernels>& model, const std::filesystem::path& path) {
    detail::file_of<QuantizedModel<Net, QC, Arch, Kernels>>::identity().save(model.parameters(), path);
}
/// Any other state has no file of its own.
template <class Model>
void save(const Model&, const std::filesystem::path&) {
    static_assert(detail::never<Model>, "octet: save takes a QuantizedModel: call octet::convert(calibrated) first");
}

/// The hash that the file of `model` carries: of graph, settings and calibration result.
template <class Net, class QC, class Arch, class Kernels>
std::string model_hash(const QuantizedModel<Net, QC, Arch, Kernels>& model) {
    return detail::file_of<QuantizedModel<Net, QC, Arch, Kernels>>::identity().hash(model.parameters());
}

}  // namespace octet
