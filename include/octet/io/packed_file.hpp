// An int8 model as it lies in memory: octet::save_packed(model, path) and octet::load_packed<Model>(path). Loading maps
// the file and uses the parameters where they are: nothing is copied or packed, and all processes that use the file
// share its memory.
//
//     text, a line for each thing that must agree    zeros to whole pages    parameters    scales, zero points, flags
//
// Such a file is a cache, not a format to keep or to send: it fits one network, one qconfig, one architecture and one
// version of octet. What it does not fit, it says, and the int8 file (model_file.hpp) makes another.
//
// The file stays mapped as long as a model made from it lives. Replace it by a new one (save_packed renames), never
// write into it: read_file.hpp says why.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/block.hpp"
#include "atomic_file.hpp"
#include "crc32.hpp"
#include "model_file.hpp"
#include "read_file.hpp"

namespace octet {

namespace detail {

/// What must agree between a packed file and the program that loads it, in the order in which it is told.
using PackedIdentity = std::vector<std::pair<std::string, std::string>>;

/// The version is to be raised with every change of what a numerics policy's constants or a packing of the same name
/// mean.
inline constexpr std::string_view packed_magic = "octet packed, version 1";
inline constexpr std::string_view packed_advice =
    "; load the int8 file (octet::load) and write this one again (octet::save_packed)";

/// Where every parameter lies, as text.
inline std::string layout_text(GraphView graph, std::span<const LayerParameters> layers) {
    std::string text;
    for (int layer = 0; layer < graph.count; ++layer) {
        const LayerParameters& p = layers[std::size_t(layer)];
        const kernels::WeightLayout& w = p.layout;
        text += p.packing.name;
        for (const int v : {w.channels, w.groups, w.rows, w.runs, w.run_elements, w.unit, w.lanes, w.vectors, w.planes,
                            p.input_offset})
            text += " " + std::to_string(v);
        for (const std::size_t v :
             {p.weights, p.bias, p.weight_scale, p.zero_terms, p.channel_bias, p.output, p.multiplier})
            text += " " + std::to_string(v);
        text += "\n";
    }
    return text;
}

/// The text of a packed file, with zeros to whole pages.
inline std::string packed_header(const PackedIdentity& identity, std::uint32_t crc) {
    std::string text(packed_magic);
    for (const auto& [key, value] : identity) text += "\n" + key + " " + value;
    text += "\ncrc32 " + hex(crc) + "\n";
    text.resize((text.size() / 4096 + 1) * 4096);
    return text;
}

inline void write_packed(const std::filesystem::path& path, const PackedIdentity& identity,
                         std::span<const std::byte> parameters, std::span<const std::byte> state) {
    AtomicFile out(path);
    out.write(packed_header(identity, crc32(state, crc32(parameters))));
    out.write(parameters);
    out.write(state);
    out.commit();
}

/// The value of `key` in a header's text, if it is there.
inline std::string_view packed_value(std::string_view text, const std::string& key) {
    const std::size_t at = text.find("\n" + key + " ");
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + key.size() + 2);
    return rest.substr(0, rest.find('\n'));
}

/// Parameters and state of a packed file, checked: it is what it should be, whole and undamaged. `state` is filled.
inline std::shared_ptr<const std::byte> read_packed(const std::filesystem::path& path, const PackedIdentity& identity,
                                                    std::size_t parameter_bytes, std::span<std::byte> state) {
    const auto fail = [&](const std::string& text) {
        throw Error(path.string() + ": " + text + std::string(packed_advice));
    };
    const auto file = std::make_shared<const Bytes>(map_file(path));
    const std::span<const std::byte> all = file->span();
    const std::string_view content(reinterpret_cast<const char*>(all.data()), all.size());
    if (!content.starts_with(packed_magic.substr(0, packed_magic.rfind(' '))))
        fail("is no packed model: expected it to begin with " + in_quotes(packed_magic) + ", found " +
             in_quotes(content.substr(0, packed_magic.size())));
    const std::string_view text = content.substr(0, std::min(content.find('\0'), std::size_t{1} << 20));
    if (const std::string_view magic = text.substr(0, text.find('\n')); magic != packed_magic)
        fail("expected " + in_quotes(packed_magic) + ", found " + in_quotes(magic));

    std::string mismatches;
    for (const auto& [key, expected] : identity) {
        const std::string_view found = packed_value(text, key);
        if (found == expected) continue;
        mismatches += "\n  " + key + ": expected " + in_quotes(expected) + ", found " +
                      (found.empty() ? "none" : in_quotes(found));
    }
    if (!mismatches.empty()) fail("was not packed for this program" + mismatches + "\n  ");

    const std::size_t begin = packed_header(identity, 0).size(), size = begin + parameter_bytes + state.size();
    if (all.size() != size)
        fail(std::string(all.size() < size ? "is cut short" : "has bytes behind its end") + ": expected " +
             std::to_string(size) + " bytes, found " + std::to_string(all.size()));
    const std::uint32_t crc = crc32(all.subspan(begin));
    if (packed_value(text, "crc32") != hex(crc))
        fail("is damaged: its header says crc32 " + in_quotes(packed_value(text, "crc32")) + ", what follows has " +
             in_quotes(hex(crc)));
    if (content.substr(0, begin) != packed_header(identity, crc))
        fail("is damaged: its header has bytes of no meaning");

    std::memcpy(state.data(), all.data() + begin + parameter_bytes, state.size());
    return {file, all.data() + begin};
}

template <class Model>
struct packed_file_of {
    static_assert(never<Model>, "octet: load_packed gives a QuantizedModel");
};

template <class Net, class QC, class Arch, class Kernels>
struct packed_file_of<QuantizedModel<Net, QC, Arch, Kernels>> {
    using Model = QuantizedModel<Net, QC, Arch, Kernels>;
    using Packed = typename Model::Packed;
    /// The arrays of Packed, one after the other.
    using State = std::array<std::byte, sizeof(Packed::qparams) + sizeof(Packed::per_channel)>;

    static PackedIdentity identity() {
        const Metadata portable = file_of<Model>::identity().identity();
        return {{"graph", portable.at("graph")},
                {"qconfig", portable.at("qconfig")},
                {"numerics", portable.at("numerics")},
                {"architecture", Model::tables().architecture},
                {"kernels", Kernels::name},
                {"parameter_bytes", std::to_string(Model::tables().parameter_bytes)},
                {"layout", hash_text(layout_text(Model::graph, Model::tables().layers))}};
    }
    static void save(const Model& model, const std::filesystem::path& path) {
        const Packed packed = model.packed();
        State state;
        std::memcpy(state.data(), packed.qparams.data(), sizeof packed.qparams);
        std::memcpy(state.data() + sizeof packed.qparams, packed.per_channel.data(), sizeof packed.per_channel);
        write_packed(path, identity(), {packed.parameters.get(), Model::tables().parameter_bytes}, state);
    }
    static Model load(const std::filesystem::path& path) {
        Packed packed;
        State state;
        packed.parameters = read_packed(path, identity(), Model::tables().parameter_bytes, state);
        std::memcpy(packed.qparams.data(), state.data(), sizeof packed.qparams);
        for (std::size_t i = 0; i < packed.per_channel.size(); ++i)
            packed.per_channel[i] = state[sizeof packed.qparams + i] != std::byte{0};
        for (const QParams& p : packed.qparams)
            if (!(p.scale > 0) || !std::isfinite(p.scale) || p.zero_point < 0 || p.zero_point > 255)
                throw Error(path.string() + ": expected finite scales above 0 and zero points from 0 to 255, found " +
                            std::to_string(p.scale) + " and " + std::to_string(p.zero_point) +
                            std::string(packed_advice));
        if (reinterpret_cast<std::uintptr_t>(packed.parameters.get()) % cache_line != 0) {  // read, where nothing maps
            const auto block = std::make_shared<Block>(Model::tables().parameter_bytes);
            std::memcpy(block->data(), packed.parameters.get(), block->size());
            packed.parameters = {block, block->data()};
        }
        Model model;
        model.assign(std::move(packed));
        return model;
    }
};

}  // namespace detail

/// Writes an int8 model as it lies in memory, for programs that are built like this one. Writes aside and renames.
template <class Net, class QC, class Arch, class Kernels>
void save_packed(const QuantizedModel<Net, QC, Arch, Kernels>& model, const std::filesystem::path& path) {
    detail::packed_file_of<QuantizedModel<Net, QC, Arch, Kernels>>::save(model, path);
}

/// Loads what save_packed wrote, without copying it. Throws octet::Error where the file was made for another network,
/// qconfig, architecture, kernel policy or version of octet, or is damaged; the int8 file is then the way.
template <class Model>
Model load_packed(const std::filesystem::path& path) {
    return detail::packed_file_of<Model>::load(path);
}

}  // namespace octet
