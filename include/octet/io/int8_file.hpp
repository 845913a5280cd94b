// The int8 file: a safetensors file with, for each layer with weights and each observed tensor,
//
//     <layer>.weight        I8  [out, kh, kw, in] or [out, in]      <layer>.bias         F32 [out]
//     <layer>.weight_scale  F32 [out]
//     <tensor>.scale        F32 [1]                                  <tensor>.zero_point  I32 [1]
//
// and in its metadata what decided its integers: the graph, the qconfig, the numerics, and a hash over these and
// the calibration's result. The layout is the same for every architecture; packing happens on loading.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../graph/placement.hpp"
#include "../model/quantized_parameters.hpp"
#include "crc32.hpp"
#include "safetensors.hpp"
#include "tensor_reader.hpp"

namespace octet::detail {

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
        h.add(op_name(n.op));
        const Window& w = n.window;
        for (const int v : {n.inputs[0], n.inputs[1], n.shape.h, n.shape.w, n.shape.c, w.kernel.h, w.kernel.w,
                            w.stride.h, w.stride.w, w.pad.top, w.pad.left, w.pad.bottom, w.pad.right, int(n.relu)})
            h.add(std::int64_t(v));
    }
    return h;
}

/// Whether a file says that it is an int8 model of octet's.
inline bool is_int8_file(const TensorFile& file) {
    const auto format = file.metadata().find("format");
    return format != file.metadata().end() && format->second.starts_with("octet int8");
}

/// Saves and loads the parameters of one network under one qconfig. Works on tables, not types, so that it is
/// compiled once for all networks.
struct Int8File {
    const Graph& graph;
    const Placement& placement;
    const char* qconfig;
    const char* numerics;

    /// What must agree between the file and the type it is loaded as.
    Metadata identity() const {
        return {{"format", "octet int8, version 1"},
                {"graph", hash_graph(graph).hex()},
                {"qconfig", qconfig},
                {"numerics", numerics}};
    }
    std::string hash(const QuantizedParameters& q) const {
        Hash h = hash_graph(graph);
        h.add(qconfig);
        h.add(numerics);
        for (const QParams p : q.qparams) {
            h.add(std::bit_cast<std::int32_t>(p.scale));
            h.add(p.zero_point);
        }
        for (const QuantizedLayer& l : q.layers) {
            h.add(std::int64_t(crc32(std::as_bytes(std::span(l.weight)))));
            h.add(std::int64_t(crc32(std::as_bytes(std::span(l.weight_scale)))));
            h.add(std::int64_t(crc32(std::as_bytes(std::span(l.bias)))));
        }
        return h.hex();
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
            const std::int64_t out = graph[l].shape.c;
            tensors.push_back(stored(name(l, ".weight"), weight_shape(graph, l), std::span(layer.weight)));
            tensors.push_back(stored(name(l, ".weight_scale"), {out}, std::span(layer.weight_scale)));
            tensors.push_back(stored(name(l, ".bias"), {out}, std::span(layer.bias)));
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
        bool same = true;
        for (const auto& [key, expected] : identity()) same = expect_metadata(reader, file, key, expected) && same;
        QuantizedParameters q;
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
        for (int l = 0; l < graph.count; ++l) {
            if (!has_weights(graph[l].op)) continue;
            QuantizedLayer& layer = q.layers[std::size_t(l)];
            const std::int64_t out = graph[l].shape.c;
            layer.weight.resize(weight_count(graph, l));
            layer.weight_scale.assign(std::size_t(out), 1.0f);
            layer.bias.resize(std::size_t(out));
            reader.read(name(l, ".weight"), weight_shape(graph, l), layer.weight);
            reader.read(name(l, ".weight_scale"), std::span(&out, 1), layer.weight_scale);
            reader.read(name(l, ".bias"), std::span(&out, 1), layer.bias);
            for (const float scale : layer.weight_scale)
                if (!check_scale(reader, name(l, ".weight_scale"), scale)) break;
        }
        if (same) expect_metadata(reader, file, "hash", hash(q));
        reader.finish();
        return q;
    }

private:
    std::string name(int node, const char* suffix) const { return std::string(graph[node].name.view()) + suffix; }

    template <class T>
    static StoredTensor stored(std::string tensor, std::vector<std::int64_t> shape, std::span<const T> values) {
        return {std::move(tensor), dtype_of<T>, std::move(shape), std::as_bytes(values)};
    }
    static bool expect_metadata(TensorReader& reader, const TensorFile& file, const std::string& key,
                                const std::string& expected) {
        const auto found = file.metadata().find(key);
        if (found != file.metadata().end() && found->second == expected) return true;
        reader.mismatch("metadata " + key + ": expected \"" + expected + "\", found " +
                        (found == file.metadata().end() ? "none" : "\"" + found->second + "\"") +
                        (key == "graph" ? "; it was saved from another network" : ""));
        return false;
    }
    static bool check_scale(TensorReader& reader, const std::string& tensor, float scale) {
        if (std::isfinite(scale) && scale > 0.0f) return true;
        reader.mismatch(tensor + ": expected a scale above 0, found " + std::to_string(scale));
        return false;
    }
};

}  // namespace octet::detail
