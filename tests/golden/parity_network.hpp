// A whole network under each engine: octet's own weights and scales of weights, PyTorch's scales of activations; then
// every integer of every layer and every logit.
#pragma once

#include <map>

#include "golden_network.hpp"
#include "parity.hpp"

namespace parity {

using namespace octet;

/// The int8 model of `Net` under `QC` with the activation scales of `qparams` lines: {tensor, scale, zero point}.
template <class Net, class QC>
QuantizedModel<Net, QC> with_pytorch_scales(const FloatModel<Net>& model, const std::vector<golden::Words>& qparams) {
    using Int8 = QuantizedModel<Net, QC>;
    std::map<std::string, QParams> scales;
    for (const auto& words : qparams) scales[words[0]] = {recipe::from_bits(words[1]), std::stoi(words[2])};
    std::array<QParams, std::size_t(Int8::placement.count)> all;
    for (int i = 0; i < Int8::placement.count; ++i) {
        const auto found = scales.find(std::string(Int8::graph[Int8::placement.owner[std::size_t(i)]].name.view()));
        if (found == scales.end())
            throw std::runtime_error("PyTorch has no scale for " +
                                     std::string(Int8::graph[Int8::placement.owner[std::size_t(i)]].name.view()));
        all[std::size_t(i)] = found->second;
    }
    if (scales.size() != std::size_t(Int8::placement.count)) throw std::runtime_error("PyTorch has more observers");
    return convert(CalibratedModel<Net, QC, arch::best>(prepare<QC>(model), all, 1, {}));
}

/// Checksums of every fused layer's integers over `images`, one image behind the other; float layers are left out.
template <class Int8>
std::map<std::string, std::uint32_t> layer_checksums(const Int8& int8, const std::vector<golden::Tensor3>& images) {
    using Layers = typename Int8::layerwise;
    Workspace<Layers> space;
    Serial serial;
    std::map<std::string, std::uint32_t> crcs;
    std::vector<std::uint8_t> integers;
    for (const auto& image : images) {
        const Frame frame = int8.frame(image.data(), space.arena.data());
        for (int node = 0; node < Layers::graph.count; ++node) {
            step_table<Layers, Serial>[std::size_t(node)](frame, serial);
            const Node& n = Layers::graph[node];
            if (!n.quantized || n.op == Op::quantize) continue;
            integers.resize(n.shape.size());
            kernels::gather(Layers::plan.layout[std::size_t(node)], Layers::template value<std::uint8_t>(frame, node),
                            integers.data());
            auto& sum = crcs[std::string(n.name.view())];
            sum = golden::crc(integers, sum);
        }
    }
    return crcs;
}

/// All that networks_NAME.txt says of one engine and size. `images`: how many there are.
template <class Net, class QC>
void compare_engine(Parity& parity, const golden::NetworkFile& file, const std::string& network, int images,
                    const FloatModel<Net>& model) {
    const std::string engine = QC::name, side = std::to_string(fused_graph_of<Net>()[0].shape.h);
    const std::string title = network + " " + side;
    auto int8 = with_pytorch_scales<Net, QC>(model, file.lines({"qparams", engine, side}));

    const QuantizedParameters q = int8.parameters();
    std::map<std::string, const QuantizedLayer*> layers;
    for (int i = 0; i < int8.graph.count; ++i)
        layers[std::string(int8.graph[i].name.view())] = &q.layers[std::size_t(i)];
    for (const auto& words : file.lines({"layer", engine, side})) {
        const QuantizedLayer& l = *layers.at(words[0]);
        parity.add(engine, title + " weights", l.weight.size(), golden::crc(l.weight) == golden::from_hex(words[1]));
        parity.add(engine, title + " weight scales", l.weight_scale.size(),
                   golden::crc(l.weight_scale) == golden::from_hex(words[2]));
        parity.add(engine, title + " biases", l.bias.size(), golden::crc(l.bias) == golden::from_hex(words[3]));
    }

    std::vector<golden::Tensor3> pictures;
    for (int i = 0; i < images; ++i) pictures.push_back(golden::image(fused_graph_of<Net>()[0].shape.h, 1000 + i));
    const auto crcs = layer_checksums(int8, pictures);
    for (const auto& words : file.lines({"result", engine, side})) {
        const bool same = crcs.at(words[0]) == golden::from_hex(words[2]);
        if (!same) std::printf("differs: %s %s %s\n", engine.c_str(), title.c_str(), words[0].c_str());
        parity.add(engine, title + " activations", std::stoull(words[1]), same);
    }
    for (const auto& words : file.lines({"int8", engine, side})) {
        const auto expected = golden::floats(words, 1);
        const auto found = int8(pictures.at(std::size_t(std::stoi(words[0]) - 1000)));
        parity.add(engine, title + " logits", expected.size(),
                   std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
    }
}

/// The same for the engines that all networks' files have.
template <class Net>
void compare_engines(Parity& parity, const std::string& network, int images) {
    const golden::NetworkFile file(network);
    const auto model = golden::network<Net>();
    compare_engine<Net, qconfig::fbgemm>(parity, file, network, images, model);
    compare_engine<Net, qconfig::x86>(parity, file, network, images, model);
    compare_engine<Net, qconfig::onednn>(parity, file, network, images, model);
    compare_engine<Net, qconfig::qnnpack>(parity, file, network, images, model);
}

}  // namespace parity
