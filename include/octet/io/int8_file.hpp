// The int8 file: a safetensors file with, for each layer with weights and each observed tensor,
//
//     <layer>.weight        I8  [out, kh, kw, in / groups] or [out, in]   <layer>.bias         F32 [out]
//     <layer>.weight_scale  F32 [out], or [1] where the whole weight has one scale
//     <tensor>.scale        F32 [1]                                        <tensor>.zero_point  I32 [1]
//
// (a float island: <layer>.weight F32 and <layer>.bias, batch norm folded in) and in its metadata what decided its
// integers: the graph, the qconfig, the numerics, and a hash over these and the calibration's result. The layout is the
// same for every architecture; packing happens on loading. weights/octet_graph.py computes the same hashes in Python.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "../graph/placement.hpp"
#include "../model/quantized_parameters.hpp"
#include "crc32.hpp"
#include "safetensors.hpp"
#include "tensor_reader.hpp"

namespace octet::detail {

/// FNV-1a, 64 bits, of a text: an identity, not a checksum (the file's bytes have a CRC of their own).
inline std::string hash_text(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325u;
    for (const char c : text) value = (value ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(value));
    return hex;
}
inline std::string hex(std::uint32_t number) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(number));
    return text;
}

/// A fused graph as text, one line a layer: all that decides what it computes, apart from weights.
inline std::string graph_text(GraphView g) {
    std::string text;
    for (int i = 0; i < g.count; ++i) {
        const Node& n = g[i];
        std::string inputs;
        for (const int input : n.inputs) inputs += (inputs.empty() ? "" : ",") + std::to_string(input);
        text += std::string(n.name.view()) + " " + op_name(n.op) + " " + (inputs.empty() ? "-" : inputs);
        const Window& w = n.window;
        for (const int v : {n.shape.h, n.shape.w, n.shape.c, w.kernel.h, w.kernel.w, w.stride.h, w.stride.w, w.pad.top,
                            w.pad.left, w.pad.bottom, w.pad.right, w.dilation.h, w.dilation.w, n.groups, int(n.relu),
                            int(n.ceil_mode), int(n.include_pad), n.divisor})
            text += " " + std::to_string(v);
        text += " " + hex(std::bit_cast<std::uint32_t>(n.low)) + " " + hex(std::bit_cast<std::uint32_t>(n.high)) + "\n";
    }
    return text;
}

/// Whether a file says that it is an int8 model of octet's.
inline bool is_int8_file(const TensorFile& file) {
    const auto format = file.metadata().find("format");
    return format != file.metadata().end() && format->second.starts_with("octet int8");
}

/// What a layer's weights are in the file, and which integers.
struct Weights {
    enum : std::uint8_t { floats, per_channel, per_tensor } kind = floats;
    QRange range{-128, 127};
};

/// Saves and loads the parameters of one network under one qconfig. Works on tables, not types, so that it is
/// compiled once for all networks.
struct Int8File {
    GraphView graph;
    const Placement& placement;
    const char* qconfig;
    const char* numerics;
    std::array<Weights, Graph::max_nodes> weights;  ///< by fused layer

    /// What must agree between the file and the type it is loaded as.
    Metadata identity() const {
        return {{"format", "octet int8, version 2"},
                {"graph", hash_text(graph_text(graph))},
                {"qconfig", qconfig},
                {"numerics", numerics}};
    }
    std::string hash(const QuantizedParameters& q) const {
        std::string text = identity().at("graph") + "\n" + qconfig + "\n" + numerics + "\n";
        for (const QParams p : q.qparams)
            text += hex(std::bit_cast<std::uint32_t>(p.scale)) + " " + std::to_string(p.zero_point) + "\n";
        const auto crc = [](const auto& values) { return hex(crc32(std::as_bytes(std::span(values)))); };
        for (int l = 0; l < graph.count; ++l) {
            if (!has_weights(graph[l].op)) continue;
            const QuantizedLayer& layer = q.layers[std::size_t(l)];
            text += (is_float(l) ? crc(layer.float_weight) : crc(layer.weights())) + " " + crc(layer.weight_scale) +
                    " " + crc(layer.bias) + "\n";
        }
        return hash_text(text);
    }

    void save(const QuantizedParameters& q, const std::filesystem::path& path) const {
        std::vector<StoredTensor> tensors;
        for (int i = 0; i < placement.count; ++i) {
            const int owner = placement.owner[std::size_t(i)];
            const QParams& p = q.qparams[std::size_t(i)];
            tensors.push_back(stored(name(owner, ".scale"), {1}, std::span(&p.scale, 1)));
            tensors.push_back(stored(name(owner, ".zero_point"), {1}, std::span(&p.zero_point, 1)));
        }
        for (int l = 0; l < graph.count; ++l) {
            if (!has_weights(graph[l].op)) continue;
            const QuantizedLayer& layer = q.layers[std::size_t(l)];
            if (is_float(l)) {
                tensors.push_back(stored(name(l, ".weight"), weight_shape(graph, l), std::span(layer.float_weight)));
            } else {
                tensors.push_back(stored(name(l, ".weight"), weight_shape(graph, l), layer.weights()));
                tensors.push_back(stored(name(l, ".weight_scale"), {scale_count(l)}, std::span(layer.weight_scale)));
            }
            tensors.push_back(stored(name(l, ".bias"), {graph[l].shape.c}, std::span(layer.bias)));
        }
        Metadata metadata = identity();
        metadata["hash"] = hash(q);
        write_safetensors(path, tensors, metadata);
    }

    QuantizedParameters load(const TensorFile& file) const {
        if (!is_int8_file(file))
            throw Error(file.path().string() +
                        ": expected an int8 model of octet's, found none of its metadata; a float "
                        "model (a state_dict) is loaded as a FloatModel");
        TensorReader reader(file);
        for (const auto& [key, expected] : identity()) expect_metadata(reader, file, key, expected);
        QuantizedParameters q;
        q.file = file.storage();
        constexpr std::int64_t one = 1;
        for (int i = 0; i < placement.count; ++i) {
            const int owner = placement.owner[std::size_t(i)];
            QParams& p = q.qparams.emplace_back(QParams{1.0f, 0});
            reader.read(name(owner, ".scale"), std::span(&one, 1), std::span(&p.scale, 1));
            reader.read(name(owner, ".zero_point"), std::span(&one, 1), std::span(&p.zero_point, 1));
            check_scale(reader, name(owner, ".scale"), p.scale);
            if (p.zero_point < 0 || p.zero_point > 255)
                reader.mismatch(name(owner, ".zero_point") + ": expected 0 to 255, found " +
                                std::to_string(p.zero_point));
        }
        q.layers.resize(std::size_t(graph.count));
        for (int l = 0; l < graph.count; ++l)
            if (has_weights(graph[l].op)) load_layer(reader, l, q.layers[std::size_t(l)]);
        if (reader.fits()) expect_metadata(reader, file, "hash", hash(q));
        reader.finish();
        return q;
    }

private:
    void load_layer(TensorReader& reader, int l, QuantizedLayer& layer) const {
        const std::int64_t out = graph[l].shape.c, scales = scale_count(l);
        layer.per_channel = weights[std::size_t(l)].kind != Weights::per_tensor;
        layer.bias.resize(std::size_t(out));
        if (is_float(l)) {
            layer.float_weight.resize(weight_count(graph, l));
            reader.read(name(l, ".weight"), weight_shape(graph, l), layer.float_weight);
        } else {
            layer.weight_scale.assign(std::size_t(scales), 1.0f);
            layer.weight_in_file = reader.view(name(l, ".weight"), weight_shape(graph, l), weight_count(graph, l));
            reader.read(name(l, ".weight_scale"), std::span(&scales, 1), layer.weight_scale);
            check_range(reader, l, layer.weight_in_file);
            for (const float scale : layer.weight_scale)
                if (!check_scale(reader, name(l, ".weight_scale"), scale)) break;
        }
        reader.read(name(l, ".bias"), std::span(&out, 1), layer.bias);
    }
    void check_range(TensorReader& reader, int l, std::span<const std::int8_t> weight) const {
        const QRange range = weights[std::size_t(l)].range;
        std::int8_t lowest = 0, highest = 0;  // first without a branch, which the compiler vectorizes
        for (const std::int8_t w : weight) {
            lowest = std::min(lowest, w);
            highest = std::max(highest, w);
        }
        if (lowest >= range.min && highest <= range.max) return;
        const auto outside = std::ranges::find_if(weight, [=](int w) { return w < range.min || w > range.max; });
        reader.mismatch(name(l, ".weight") + ": expected " + std::to_string(range.min) + " to " +
                        std::to_string(range.max) + ", the weight observer's range, found " + std::to_string(*outside) +
                        " at flat index " + std::to_string(outside - weight.begin()));
    }
    bool is_float(int l) const { return weights[std::size_t(l)].kind == Weights::floats; }
    std::int64_t scale_count(int l) const {
        return weights[std::size_t(l)].kind == Weights::per_tensor ? 1 : graph[l].shape.c;
    }
    std::string name(int node, const char* suffix) const { return std::string(graph[node].name.view()) + suffix; }

    template <class T>
    static StoredTensor stored(std::string tensor, std::vector<std::int64_t> shape, std::span<const T> values) {
        return {std::move(tensor), dtype_of<T>, std::move(shape), std::as_bytes(values)};
    }
    static void expect_metadata(TensorReader& reader, const TensorFile& file, const std::string& key,
                                const std::string& expected) {
        const auto found = file.metadata().find(key);
        if (found != file.metadata().end() && found->second == expected) return;
        reader.mismatch("metadata " + key + ": expected \"" + expected + "\", found " +
                        (found == file.metadata().end() ? "none" : "\"" + found->second + "\"") +
                        (key == "graph" ? "; it was saved from another network" : ""));
    }
    static bool check_scale(TensorReader& reader, const std::string& tensor, float scale) {
        if (scale > 0.0f || !std::isfinite(scale)) return true;  // the reader has named infinity and NaN
        reader.mismatch(tensor + ": expected a scale above 0, found " + std::to_string(scale));
        return false;
    }
};

}  // namespace octet::detail
