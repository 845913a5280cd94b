// Models in files: octet::load<Model>(path) and octet::save(model, path).
//
// A float model is a PyTorch state_dict (safetensors or JSON). An int8 model is a safetensors file of octet's:
//
//     <layer>.weight        I8  [out, kh, kw, in] or [out, in]      <layer>.bias         F32 [out]
//     <layer>.weight_scale  F32 [out]
//     <tensor>.scale        F32 [1]                                  <tensor>.zero_point  I32 [1]
//
// with the hash of everything that decided its integers in the metadata. Its canonical layout is the same for
// every architecture; packing happens on loading. A file is either loaded whole or refused with one message
// that lists all that is wrong with it.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../model/convert.hpp"
#include "read_tensor_file.hpp"
#include "safetensors.hpp"
#include "tensor_reader.hpp"

namespace octet {

namespace detail {

/// FNV-1a, 64 bits: an identity, not a checksum (the file's bytes have a CRC of their own).
struct Hash {
    std::uint64_t value = 0xcbf29ce484222325u;

    constexpr void byte(std::uint8_t b) { value = (value ^ b) * 0x100000001b3u; }
    constexpr void add(std::string_view text) {
        for (const char c : text) byte(static_cast<std::uint8_t>(c));
        byte(0);
    }
    constexpr void add(std::int64_t number) {
        for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i)));
    }
    std::string hex() const {
        std::string text;
        for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 15];
        return text;
    }
};

constexpr Hash hash_graph(const Graph& g) {
    Hash h;
    for (int i = 0; i < g.count; ++i) {
        const Node& n = g[i];
        h.add(n.name.view());
        const Window& w = n.window;
        for (const int v : {int(n.op), n.inputs[0], n.inputs[1], n.shape.h, n.shape.w, n.shape.c, w.kernel.h, w.kernel.w,
                            w.stride.h, w.stride.w, w.pad.top, w.pad.left, w.pad.bottom, w.pad.right, int(n.relu)})
            h.add(std::int64_t(v));
    }
    return h;
}

// The canonical shape of a layer's int8 weight.
inline std::vector<std::int64_t> int8_weight_shape(const Graph& g, int layer) {
    const Node& n = g[layer];
    const std::int64_t out = n.shape.c, in = g[n.inputs[0]].shape.c;
    if (n.op == Op::linear) return {out, in};
    return {out, n.window.kernel.h, n.window.kernel.w, in};
}

template <class Model>
struct file_of {
    static_assert(never<Model>, "octet: load gives a FloatModel or a QuantizedModel; the states in between have no file");
};

template <class Net, class Arch>
struct file_of<FloatModel<Net, Arch>> {
    using Model = FloatModel<Net, Arch>;
    static Model load(const TensorFile& file) {
        Model model;
        TensorReader reader(file);
        for (int i = 0; i < Model::tensors.count; ++i) {
            const TensorSlot& slot = Model::tensors.slots[std::size_t(i)];
            reader.read(slot.name.view(), std::span(slot.shape).first(slot.rank), model.tensor(i));
            if (!slot.name.view().ends_with(".running_var")) continue;
            for (const float v : model.tensor(i))
                if (v < 0.0f) {
                    reader.mismatch(std::string(slot.name.view()) + ": expected variances of 0 or more, found " +
                                    std::to_string(v));
                    break;
                }
        }
        for (int i = 0; i < Model::written.count; ++i)
            if (Model::written[i].op == Op::batch_norm)
                reader.ignore(std::string(Model::written[i].name.view()) + ".num_batches_tracked");
        reader.finish();
        model.pack();
        return model;
    }
};

template <class Net, class QC, class Arch>
struct file_of<QuantizedModel<Net, QC, Arch>> {
    using Model = QuantizedModel<Net, QC, Arch>;
    static constexpr const char* format = "octet int8, version 1";

    static std::string name(int layer, const char* suffix) { return std::string(Model::graph[layer].name.view()) + suffix; }

    // What must agree between the file and the type it is loaded as.
    static Metadata identity() {
        return {{"format", format}, {"graph", hash_graph(Model::graph).hex()}, {"qconfig", QC::name},
                {"numerics", QC::numerics::name}};
    }

    static std::string hash(const Model& model) {
        Hash h = hash_graph(Model::graph);
        h.add(QC::name);
        h.add(QC::numerics::name);
        for (int i = 0; i < Model::placement.count; ++i) {
            const QParams p = model.qparams(Model::placement.owner[std::size_t(i)]);
            h.add(std::bit_cast<std::int32_t>(p.scale));
            h.add(p.zero_point);
        }
        return h.hex();
    }

    static void save(const Model& model, const std::filesystem::path& path) {
        std::vector<QuantizedLayer> layers(std::size_t(Model::graph.count));
        std::vector<QParams> qparams(std::size_t(Model::placement.count));
        std::vector<StoredTensor> tensors;
        const auto store = [&](std::string tensor, DType dtype, std::vector<std::int64_t> shape, auto values) {
            tensors.push_back({std::move(tensor), dtype, std::move(shape), std::as_bytes(values)});
        };
        for (int i = 0; i < Model::placement.count; ++i) {
            const int owner = Model::placement.owner[std::size_t(i)];
            QParams& p = qparams[std::size_t(i)] = model.qparams(owner);
            store(name(owner, ".scale"), DType::f32, {1}, std::span(&p.scale, 1));
            store(name(owner, ".zero_point"), DType::i32, {1}, std::span(&p.zero_point, 1));
        }
        for (int l = 0; l < Model::graph.count; ++l) {
            if (!has_weights(Model::graph[l].op)) continue;
            auto& weight = layers[std::size_t(l)].weight;
            weight.resize(Model::weight_count(l));
            model.get_layer(l, weight);
            const std::int64_t out = Model::graph[l].shape.c;
            store(name(l, ".weight"), DType::i8, int8_weight_shape(Model::graph, l), std::span<const std::int8_t>(weight));
            store(name(l, ".weight_scale"), DType::f32, {out}, model.weight_scale(l));
            store(name(l, ".bias"), DType::f32, {out}, model.bias(l));
        }
        Metadata metadata = identity();
        metadata["hash"] = hash(model);
        write_safetensors(path, tensors, metadata);
    }

    static Model load(const TensorFile& file) {
        Model model;
        TensorReader reader(file);
        for (const auto& [key, expected] : identity()) {
            const auto found = file.metadata().find(key);
            if (found == file.metadata().end())
                reader.mismatch("metadata " + key + ": expected \"" + expected + "\", found none; is this an int8 file?");
            else if (found->second != expected)
                reader.mismatch("metadata " + key + ": expected \"" + expected + "\", found \"" + found->second + "\"");
        }
        constexpr std::int64_t one = 1;
        for (int i = 0; i < Model::placement.count; ++i) {
            const int owner = Model::placement.owner[std::size_t(i)];
            QParams p{1.0f, 0};
            reader.read(name(owner, ".scale"), std::span(&one, 1), std::span(&p.scale, 1));
            reader.read(name(owner, ".zero_point"), std::span(&one, 1), std::span(&p.zero_point, 1));
            check_scale(reader, name(owner, ".scale"), p.scale);
            if (p.zero_point < 0 || p.zero_point > 255)
                reader.mismatch(name(owner, ".zero_point") + ": expected 0 to 255, found " + std::to_string(p.zero_point));
            model.set_qparams(i, p);
        }
        QuantizedLayer q;
        for (int l = 0; l < Model::graph.count; ++l) {
            if (!has_weights(Model::graph[l].op)) continue;
            const std::int64_t out = Model::graph[l].shape.c;
            q.weight.assign(Model::weight_count(l), 0);
            q.weight_scale.assign(std::size_t(out), 1.0f);
            q.bias.assign(std::size_t(out), 0.0f);
            reader.read(name(l, ".weight"), int8_weight_shape(Model::graph, l), q.weight);
            reader.read(name(l, ".weight_scale"), std::span(&out, 1), q.weight_scale);
            reader.read(name(l, ".bias"), std::span(&out, 1), q.bias);
            for (const float scale : q.weight_scale)
                if (!check_scale(reader, name(l, ".weight_scale"), scale)) break;
            model.set_layer(l, q.weight, q.weight_scale, q.bias);
        }
        if (const auto found = file.metadata().find("hash"); found == file.metadata().end() || found->second != hash(model))
            reader.mismatch("metadata hash: expected " + hash(model) + ", which its scales give, found " +
                            (found == file.metadata().end() ? "none" : found->second));
        reader.finish();
        return model;
    }

    static bool check_scale(TensorReader& reader, const std::string& tensor, float scale) {
        if (std::isfinite(scale) && scale > 0.0f) return true;
        reader.mismatch(tensor + ": expected a scale above 0, found " + std::to_string(scale));
        return false;
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
template <class Net, class QC, class Arch>
void save(const QuantizedModel<Net, QC, Arch>& model, const std::filesystem::path& path) {
    detail::file_of<QuantizedModel<Net, QC, Arch>>::save(model, path);
}
/// Any other state has no file of its own.
template <class Model>
void save(const Model&, const std::filesystem::path&) {
    static_assert(detail::never<Model>, "octet: save takes a QuantizedModel: call octet::convert(calibrated) first");
}

/// The hash that the file of `model` carries: of graph, settings and calibration result.
template <class Net, class QC, class Arch>
std::string model_hash(const QuantizedModel<Net, QC, Arch>& model) {
    return detail::file_of<QuantizedModel<Net, QC, Arch>>::hash(model);
}

}  // namespace octet
