// A whole ResNet18 against PyTorch: logits of the float network, scales that calibration finds, int8 weights
// bit for bit, and - given PyTorch's scales - every integer of every layer. The expected numbers are in
// data/golden/resnet18.txt, which make_resnet18.py wrote and explains.
#include <cmath>
#include <fstream>
#include <map>
#include <octet/io/crc32.hpp>
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
#include <sstream>
#include <vector>

#include "catch.hpp"
#include "recipe.hpp"

using namespace octet;

namespace {

template <int Side>
using Net = models::ResNet18<10, Side>;
using Tensor3 = xt::xtensor<float, 3>;
using Words = std::vector<std::string>;

// What follows each line's first word, by that word.
const std::multimap<std::string, Words>& golden() {
    static const auto all = [] {
        std::multimap<std::string, Words> found;
        std::ifstream file(OCTET_TEST_DATA "/golden/resnet18.txt");
        for (std::string line, key; std::getline(file, line);) {
            std::istringstream in(line);
            in >> key;
            Words words;
            for (std::string word; in >> word;) words.push_back(word);
            found.emplace(key, words);
        }
        return found;
    }();
    return all;
}

// The only line `key name ...`, without these two.
Words golden(const std::string& key, std::string_view name) {
    const auto [first, last] = golden().equal_range(key);
    for (auto line = first; line != last; ++line)
        if (line->second.front() == name) return {line->second.begin() + 1, line->second.end()};
    FAIL("resnet18.txt has no line " << key << " " << name);
    return {};
}

std::vector<float> floats(const Words& words, std::size_t first) {
    std::vector<float> values;
    for (std::size_t i = first; i < words.size(); ++i) values.push_back(recipe::from_bits(words[i]));
    return values;
}

std::uint32_t from_hex(const std::string& hex) { return static_cast<std::uint32_t>(std::stoul(hex, nullptr, 16)); }

template <class T>
std::uint32_t crc(const std::vector<T>& values, std::uint32_t before = 0) {
    return crc32(std::as_bytes(std::span(values)), before);
}

// Weights and images as make_resnet18.py makes them.
template <int Side>
FloatModel<Net<Side>> network() {
    using Model = FloatModel<Net<Side>>;
    Model model;
    for (int t = 0; t < Model::tensors.count; ++t) {
        const TensorSlot& slot = Model::tensors.slots[std::size_t(t)];
        const std::string_view name = slot.name.view();
        const std::uint64_t seed = recipe::seed_of(name);
        const double fan_in = double(slot.size) / double(slot.shape[0]);
        const auto he = static_cast<float>(std::sqrt(2.0 / fan_in));
        for (std::size_t i = 0; i < slot.size; ++i) {
            float& x = model.tensor(t)[i];
            if (slot.rank > 1)
                x = recipe::bell(seed, i) * he;
            else if (name.ends_with("running_var"))
                x = recipe::unit(seed, i) + 0.5f;
            else if (name.ends_with("weight"))
                x = recipe::unit(seed, i) + 0.25f;
            else
                x = recipe::bell(seed, i) * 0.125f;
        }
    }
    model.pack();
    return model;
}

Tensor3 image(int side, int number) {
    const std::uint64_t seed = recipe::seed_of("image " + std::to_string(side) + " " + std::to_string(number));
    const auto n = std::size_t(side), blocks = n / 8;
    Tensor3 pixels = Tensor3::from_shape({n, n, 3});
    for (std::size_t y = 0; y < n; ++y)
        for (std::size_t x = 0; x < n; ++x)
            for (std::size_t c = 0; c < 3; ++c)
                pixels(y, x, c) = recipe::bell(seed, (y / 8 * blocks + x / 8) * 3 + c) +
                                  recipe::bell(seed + 1, (y * n + x) * 3 + c) * 0.5f;
    return pixels;
}

template <int Side>
void check_float(int images) {
    auto model = network<Side>();
    int checked = 0;
    const auto [first, last] = golden().equal_range("float");
    for (auto line = first; line != last; ++line) {
        if (line->second[0] != std::to_string(Side)) continue;
        INFO("side " << Side << ", image " << line->second[1]);
        const std::vector<float> expected = floats(line->second, 2);
        const auto found = model(image(Side, std::stoi(line->second[1])));
        REQUIRE(expected.size() == found.size());
        float largest = 0, difference = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            largest = std::max(largest, std::abs(expected[i]));
            difference = std::max(difference, std::abs(found(i) - expected[i]));
        }
        CHECK(difference / largest < 1e-5f);
        ++checked;
    }
    CHECK(checked == images);
}

using Net64 = Net<64>;
using Int8 = QuantizedModel<Net64, qconfig::fbgemm>;

QParams golden_qparams(std::string_view name) {
    const Words words = golden("qparams", name);
    return {recipe::from_bits(words[0]), std::stoi(words[1])};
}
std::string_view owner(int observer) { return Int8::graph[Int8::placement.owner[std::size_t(observer)]].name.view(); }

// What octet's own flow makes of the network and of PyTorch's calibration images.
const auto& calibrated() {
    static const auto model = [] {
        std::vector<Tensor3> images;
        for (int i = 0; i < 30; ++i) images.push_back(image(64, i));
        return calibrate(prepare<qconfig::fbgemm>(network<64>()), images, {.batch = 10});
    }();
    return model;
}
const QuantizedParameters& quantized() {
    static const QuantizedParameters q = quantize(calibrated());
    return q;
}

// The int8 network with octet's weights and PyTorch's scales.
const Int8& network_with_pytorch_scales() {
    static const Int8 int8 = [] {
        QuantizedParameters q = quantized();
        for (int i = 0; i < Int8::placement.count; ++i) q.qparams[std::size_t(i)] = golden_qparams(owner(i));
        Int8 model;
        model.assign(q);
        return model;
    }();
    return int8;
}

}  // namespace

TEST_CASE("float logits of a ResNet18 at 64 x 64 are PyTorch's") { check_float<64>(4); }

TEST_CASE("float logits of a ResNet18 at 224 x 224 are PyTorch's") { check_float<224>(2); }

TEST_CASE("int8 weights, their scales and the biases are PyTorch's, bit for bit") {
    std::size_t layers = 0;
    for (int layer = 0; layer < Int8::graph.count; ++layer) {
        if (!has_weights(Int8::graph[layer].op)) continue;
        const auto name = Int8::graph[layer].name.view();
        INFO(name);
        const Words expected = golden("layer", name);
        const QuantizedLayer& q = quantized().layers[std::size_t(layer)];
        CHECK(crc(q.weight) == from_hex(expected[0]));
        CHECK(crc(q.weight_scale) == from_hex(expected[1]));
        CHECK(crc(q.bias) == from_hex(expected[2]));
        ++layers;
    }
    CHECK(layers == golden().count("layer"));
}

TEST_CASE("calibration finds PyTorch's scales, but for the last bits of the float forward pass") {
    CHECK(std::size_t(Int8::placement.count) == golden().count("qparams"));
    for (int i = 0; i < Int8::placement.count; ++i) {
        INFO(owner(i));
        const QParams expected = golden_qparams(owner(i)), found = calibrated().qparams(i);
        CHECK(std::abs(found.scale / expected.scale - 1.0f) < 1e-4f);
        CHECK(found.zero_point == expected.zero_point);
    }
}

TEST_CASE("with PyTorch's scales every integer of every layer is PyTorch's") {
    const Int8& int8 = network_with_pytorch_scales();
    using Layers = Int8Forward<Fused<Net64>, Placed<Net64>, Int8::numerics, Int8::architecture>;
    Workspace<Layers> space;
    Serial serial;
    std::map<std::string, std::uint32_t> crcs;
    for (int number = 1000; number < 1008; ++number) {
        const Tensor3 pixels = image(64, number);
        const auto lowered = int8.frame(pixels.data(), space.arena.data());
        const Layers::Frame frame{lowered.image, lowered.arena, lowered.parameters, lowered.qparams};
        for (int node = 0; node < Layers::graph.count; ++node) {
            step_table<Layers, Serial>[std::size_t(node)](frame, serial);
            std::vector<std::uint8_t> integers(Layers::graph[node].shape.size());
            kernels::gather(Layers::plan.layout[std::size_t(node)], Layers::value(frame, node), integers.data());
            auto& sum = crcs[std::string(Layers::graph[node].name.view())];
            sum = crc(integers, sum);
        }
    }
    const auto [first, last] = golden().equal_range("result");
    CHECK(golden().count("result") == 29);
    for (auto line = first; line != last; ++line) {
        INFO(line->second[0]);
        REQUIRE(crcs.contains(line->second[0]));
        CHECK(crcs[line->second[0]] == from_hex(line->second[1]));
    }
}

TEST_CASE("with PyTorch's scales the int8 logits are PyTorch's, bit for bit") {
    Int8 int8 = network_with_pytorch_scales();
    ThreadPool pool(3);
    const auto [first, last] = golden().equal_range("int8");
    CHECK(golden().count("int8") == 8);
    for (auto line = first; line != last; ++line) {
        INFO("image " << line->second[0]);
        const Tensor3 pixels = image(64, std::stoi(line->second[0]));
        const std::vector<float> expected = floats(line->second, 1);
        const auto found = int8(pixels), threaded = int8(pixels, pool);
        CHECK(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
        CHECK(std::equal(threaded.begin(), threaded.end(), expected.begin(), expected.end()));
    }
}
