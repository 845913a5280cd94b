// Packed files: the same integers and the same portable file as the model they were made of, used in place; and
// everything that does not fit is named.
#include "catch.hpp"
#include "file_support.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <octet/graph/builder.hpp>
#include <octet/io/packed_file.hpp>

using octet::QuantizedModel;
using support::error_of, support::has;

namespace {

template <int Outputs = 2>
struct Net {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({4, 4, 2});
        x = net.relu(net.conv2d("conv", x, {.out = 20, .kernel = 3, .pad = 1, .bias = true}));
        x = net.add("add", x, net.conv2d("side", x, {.out = 20}));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool("pool", x)), {.out = Outputs}));
    }
};

using x86 = octet::qconfig::x86;
using octet::arch::best;
namespace kernels = octet::kernels;
using Int8 = QuantizedModel<Net<>, x86>;
using Winograd = QuantizedModel<Net<>, x86, best, kernels::winograd>;
using PerTensor = QuantizedModel<Net<>, octet::qconfig::qnnpack>;
using Island =
    QuantizedModel<Net<>, octet::QConfigMapping<octet::Global<x86>, octet::ModuleName<"side", octet::qconfig::none>>>;

/// A model of numbers that no two layers share.
template <class Model>
Model model_of_numbers() {
    const auto file = octet::detail::file_of<Model>::identity();
    octet::QuantizedParameters q;
    std::uint32_t state = 1;
    const auto random = [&] { return (state = state * 1664525u + 1013904223u) >> 24; };
    for (int i = 0; i < file.placement.count; ++i) q.qparams.push_back({0.03f + 0.01f * float(i), 100 + i});
    q.layers.resize(std::size_t(file.graph.count));
    for (int l = 0; l < file.graph.count; ++l) {
        const std::size_t weights = octet::weight_count(file.graph, l), out = std::size_t(file.graph[l].shape.c);
        if (weights == 0) continue;
        octet::QuantizedLayer& layer = q.layers[std::size_t(l)];
        const auto kind = file.weights[std::size_t(l)].kind;
        layer.per_channel = kind != octet::detail::Weights::per_tensor;
        for (std::size_t o = 0; o < out; ++o) layer.bias.push_back(float(random()) / 64 - 2);
        for (std::size_t i = 0; i < weights; ++i)
            if (kind == octet::detail::Weights::floats)
                layer.float_weight.push_back(float(random()) / 256 - 0.5f);
            else
                layer.weight.push_back(static_cast<std::int8_t>(random() % 120 - 60));
        if (kind == octet::detail::Weights::floats) continue;
        for (std::size_t o = 0; o < (layer.per_channel ? out : 1); ++o)
            layer.weight_scale.push_back(0.01f + 0.001f * float(o));
    }
    Model model;
    model.assign(q);
    return model;
}

template <class Model>
auto logits(Model& model) {
    octet::Tensor<float, 4, 4, 2> image;
    for (std::size_t i = 0; i < image.size(); ++i) image.data()[i] = float(i % 7) - 3;
    const auto result = model(image);
    return std::vector<float>(result.begin(), result.end());
}

template <class Model>
void check_round_trip() {
    const support::Folder folder;
    Model model = model_of_numbers<Model>();
    octet::save_packed(model, folder / "a.packed");
    std::optional<Model> packed = octet::load_packed<Model>(folder / "a.packed");
    CHECK(logits(*packed) == logits(model));

    octet::save(model, folder / "from_model");
    octet::save(*packed, folder / "from_packed");
    CHECK(support::content(folder / "from_packed") == support::content(folder / "from_model"));
    octet::save_packed(*packed, folder / "b.packed");
    CHECK(support::content(folder / "b.packed") == support::content(folder / "a.packed"));
    Model portable = octet::load<Model>(folder / "from_packed");
    octet::save_packed(portable, folder / "c.packed");
    CHECK(support::content(folder / "c.packed") == support::content(folder / "a.packed"));

    // A copy keeps the file, though its name now belongs to another and the model that loaded it is gone.
    Model copy = *packed;
    packed.reset();
    octet::save_packed(model_of_numbers<Model>(), folder / "a.packed");
    CHECK(logits(copy) == logits(model));
}

/// What load_packed says about a file that holds `content`, without its path.
template <class Model = Int8>
std::string refused(const std::string& content) {
    const support::Folder folder;
    support::write(folder / "a", content);
    const std::string text = error_of([&] { octet::load_packed<Model>(folder / "a"); });
    if (text.empty()) return text;
    const std::string advice = "; load the int8 file (octet::load) and write this one again (octet::save_packed)";
    const std::string path = (folder / "a").string() + ": ";
    REQUIRE(text.starts_with(path));
    REQUIRE(text.ends_with(advice));
    return text.substr(path.size(), text.size() - path.size() - advice.size());
}
template <class Model = Int8>
std::string packed_text() {
    const support::Folder folder;
    octet::save_packed(model_of_numbers<Model>(), folder / "a");
    return support::content(folder / "a");
}

}  // namespace

TEST_CASE("a packed file gives the same integers, and the same portable file") {
    check_round_trip<Int8>();
    check_round_trip<Winograd>();
    check_round_trip<PerTensor>();
    check_round_trip<Island>();
}

TEST_CASE("copies of a model share its parameters, and assigning to one leaves the others") {
    Int8 a = model_of_numbers<Int8>();
    Int8 b = a;
    CHECK(a.packed().parameters == b.packed().parameters);
    const auto before = logits(b);
    octet::QuantizedParameters q = a.parameters();
    q.layers.back().bias[0] += 100;
    a.assign(q);
    CHECK(logits(b) == before);
    CHECK(logits(a) != before);
}

TEST_CASE("a packed file for another program is refused, and all differences are named") {
    const std::string text = packed_text();
    CHECK(refused(text) == "");
    const std::string other =
        refused<QuantizedModel<Net<3>, octet::qconfig::fbgemm, octet::arch::generic, octet::kernels::direct>>(text);
    CHECK(other.starts_with("was not packed for this program\n  graph: expected \""));
    CHECK(has(other, "\n  qconfig: expected \"fbgemm\", found \"x86\"\n"));
    CHECK(has(other, "\n  numerics: expected \"fbgemm\", found \"x86\"\n"));
    CHECK(has(other, "\n  kernels: expected \"direct\", found \"fastest\"\n"));
    if (!std::is_same_v<best, octet::arch::generic>)
        CHECK(has(other, "\n  architecture: expected \"generic\", found \"" + std::string(best::name) + "\"\n"));
    CHECK(has(refused<Winograd>(text), "kernels: expected \"winograd\", found \"fastest\""));

    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        return refused(changed.replace(changed.find(from), from.size(), to));
    };
    CHECK(has(with("layout ", "layout f"), "\n  layout: expected \""));
    CHECK(has(with("parameter_bytes ", "parameter_size "), "\n  parameter_bytes: expected \""));
    CHECK(has(with("parameter_bytes ", "parameter_size "), "\", found none\n"));
    CHECK(with("version 1", "version 2") == "expected \"octet packed, version 1\", found \"octet packed, version 2\"");
}

TEST_CASE("what is no packed file is refused") {
    CHECK(refused("") == "is no packed model: expected it to begin with \"octet packed, version 1\", found \"\"");
    const support::Folder folder;
    octet::save(model_of_numbers<Int8>(), folder / "portable");
    CHECK(refused(support::content(folder / "portable")).starts_with("is no packed model: expected it to begin with"));
    CHECK(has(error_of([&] { octet::load_packed<Int8>(folder / "nowhere"); }), "nowhere: there is no such file"));
}

TEST_CASE("a packed file that is cut short, or damaged anywhere, is refused") {
    const std::string text = packed_text();
    for (std::size_t size = 0; size < text.size(); size += size < 600 || size + 100 > text.size() ? 1 : 97)
        REQUIRE(refused(text.substr(0, size)) != "");
    CHECK(refused(text.substr(0, text.size() - 1)) ==
          "is cut short: expected " + std::to_string(text.size()) + " bytes, found " + std::to_string(text.size() - 1));
    CHECK(refused(text + '\0') == "has bytes behind its end: expected " + std::to_string(text.size()) +
                                      " bytes, found " + std::to_string(text.size() + 1));
    const auto flipped = [&](std::size_t at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
        return refused(changed);
    };
    for (std::size_t at = 0; at < text.size(); at += at < 600 ? 1 : 97) REQUIRE(flipped(at) != "");
    CHECK(has(flipped(4096), "is damaged: its header says crc32 \""));
    CHECK(flipped(4095) == "is damaged: its header has bytes of no meaning");
}

TEST_CASE("numbers that no model has are refused, even under a CRC that fits") {
    Int8 model = model_of_numbers<Int8>();
    for (const octet::QParams bad : {octet::QParams{0.0f, 3}, octet::QParams{0.1f, 256}}) {
        auto packed = model.packed();
        packed.qparams[1] = bad;
        Int8 odd;
        odd.assign(packed);
        const support::Folder folder;
        octet::save_packed(odd, folder / "a");
        CHECK(has(refused(support::content(folder / "a")), "expected finite scales above 0 and zero points from 0 to"));
    }
}
