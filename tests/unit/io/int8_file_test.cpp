// int8 files that are not what the type says: each fault is named, all of them at once.
#include "catch.hpp"
#include "file_support.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <octet/graph/builder.hpp>
#include <octet/io/model_file.hpp>
#include <octet/observe/qconfig_mapping.hpp>

using octet::QConfigMapping, octet::QuantizedParameters;
using octet::detail::Int8File;
using support::error_of;

namespace {

template <int Stride = 1>
struct Net {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({4, 4, 2});
        x = net.relu(net.conv2d("conv", x, {.out = 3, .kernel = 2, .stride = Stride, .bias = true}));
        x = net.add("add", x, net.conv2d("side", x, {.out = 3}));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool("pool", x)), {.out = 2}));
    }
};

// QNNPACK's qconfig with weights of -127 to 127, as get_symmetric_qnnpack_qconfig has them, and of -64 to 63.
template <octet::QScheme Scheme>
struct Narrow : octet::QConfig<octet::HistogramObserver<octet::quint8_affine>, octet::PerChannelMinMaxObserver<Scheme>,
                               octet::numerics::Qnnpack> {
    static constexpr const char* name = "narrow";
};
using Symmetric = Narrow<octet::qint8_symmetric_neg_127_to_127>;
using Reduced = Narrow<octet::qint8_symmetric_reduced>;

// x86's observers for another arithmetic.
struct Other : octet::qconfig::x86 {
    using numerics = octet::numerics::Onednn;
};

using x86 = octet::qconfig::x86;
using qnnpack = octet::qconfig::qnnpack;
using none = octet::qconfig::none;
using Island = QConfigMapping<octet::Global<x86>, octet::ModuleName<"side", none>>;

template <class QC, class N = Net<>>
Int8File int8_file() {
    return octet::detail::file_of<octet::QuantizedModel<N, QC>>::identity();
}

/// Parameters that fit.
QuantizedParameters sound(const Int8File& file) {
    QuantizedParameters q;
    for (int i = 0; i < file.placement.count; ++i) q.qparams.push_back({0.5f, 7 * i});
    q.layers.resize(std::size_t(file.graph.count));
    for (int l = 0; l < file.graph.count; ++l) {
        const std::size_t weights = octet::weight_count(file.graph, l), out = std::size_t(file.graph[l].shape.c);
        if (weights == 0) continue;
        octet::QuantizedLayer& layer = q.layers[std::size_t(l)];
        layer.bias.assign(out, 0.25f);
        const auto kind = file.weights[std::size_t(l)].kind;
        if (kind == octet::detail::Weights::floats) {
            layer.float_weight.assign(weights, -1.5f);
        } else {
            layer.per_channel = kind == octet::detail::Weights::per_channel;
            layer.weight.assign(weights, 5);
            layer.weight_scale.assign(layer.per_channel ? out : 1, 0.125f);
        }
    }
    return q;
}

octet::QuantizedLayer& layer(QuantizedParameters& q, const Int8File& file, std::string_view name) {
    for (int l = 0; l < file.graph.count; ++l)
        if (file.graph[l].name.view() == name) return q.layers[std::size_t(l)];
    throw std::runtime_error("no such layer");
}

/// What octet::load says about a file of `q`, which was saved as `Saved`; without its path and its first line.
template <class QC, class N = Net<>>
std::string refused(const octet::TensorFile& file) {
    std::string text = error_of([&] { int8_file<QC, N>().load(file); });
    const std::string begin = file.path().string() + ": its tensors are not the ones expected\n  ";
    if (text.starts_with(begin)) text.erase(0, begin.size());
    return text;
}
template <class Saved, class QC = Saved, class N = Net<>>
std::string refused(const QuantizedParameters& q) {
    const support::Folder folder;
    int8_file<Saved>().save(q, folder / "a.safetensors");
    return refused<QC, N>(octet::read_safetensors(folder / "a.safetensors"));
}
/// The same after a change to some of the parameters, whose hash fits again.
template <class QC, class Change>
std::string refused_with(Change change) {
    const Int8File file = int8_file<QC>();
    QuantizedParameters q = sound(file);
    change(q, [&](std::string_view name) -> octet::QuantizedLayer& { return layer(q, file, name); });
    return refused<QC>(q);
}

/// A sound file whose tensors can be taken out, renamed and replaced.
class Altered {
public:
    Altered() {
        int8_file<x86>().save(sound(int8_file<x86>()), folder_ / "a.safetensors");
        const auto file = octet::read_safetensors(folder_ / "a.safetensors");
        metadata = file.metadata();
        for (const auto& tensor : file.tensors())
            tensors_[tensor.name] = {tensor.dtype, tensor.shape, copy(tensor.data)};
    }
    Altered& remove(const std::string& name) {
        REQUIRE(tensors_.erase(name) == 1);
        return *this;
    }
    Altered& rename(const std::string& from, const std::string& to) {
        tensors_[to] = tensors_.at(from);
        return remove(from);
    }
    template <class T>
    Altered& put(const std::string& name, std::vector<std::int64_t> shape, const std::vector<T>& values) {
        tensors_[name] = {octet::dtype_of<T>, std::move(shape), copy(std::as_bytes(std::span(values)))};
        return *this;
    }
    std::string refused() const {
        std::vector<octet::StoredTensor> tensors;
        for (const auto& [name, t] : tensors_) tensors.push_back({name, t.dtype, t.shape, t.data});
        octet::write_safetensors(folder_ / "b.safetensors", tensors, metadata);
        return ::refused<x86>(octet::read_safetensors(folder_ / "b.safetensors"));
    }

    octet::Metadata metadata;

private:
    struct Tensor {
        octet::DType dtype{};
        std::vector<std::int64_t> shape;
        std::vector<std::byte> data;
    };
    static std::vector<std::byte> copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

    support::Folder folder_;
    std::map<std::string, Tensor> tensors_;
};

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("an int8 file gives back what was saved") {
    const auto file = int8_file<Island>();
    const QuantizedParameters q = sound(file);
    const support::Folder folder;
    file.save(q, folder / "a.safetensors");
    const QuantizedParameters found = file.load(octet::read_safetensors(folder / "a.safetensors"));
    CHECK(found.qparams == q.qparams);
    for (std::size_t l = 0; l < q.layers.size(); ++l) {
        CHECK(std::ranges::equal(found.layers[l].weights(), q.layers[l].weights()));
        CHECK(found.layers[l].weight_scale == q.layers[l].weight_scale);
        CHECK(found.layers[l].float_weight == q.layers[l].float_weight);
        CHECK(found.layers[l].bias == q.layers[l].bias);
    }
    CHECK(Altered().refused() == "");
}

TEST_CASE("an int8 file of another network, qconfig or numerics is refused") {
    const QuantizedParameters q = sound(int8_file<x86>());
    CHECK(refused<x86, x86, Net<2>>(q).starts_with("metadata graph: expected \""));
    CHECK(refused<x86, x86, Net<2>>(q).ends_with("\"; it was saved from another network"));
    CHECK(refused<x86, octet::qconfig::fbgemm>(q) ==
          "metadata numerics: expected \"fbgemm\", found \"x86\"\n"
          "  metadata qconfig: expected \"fbgemm\", found \"x86\"");
    CHECK(refused<x86, Other>(q) == "metadata numerics: expected \"onednn\", found \"x86\"");
}

TEST_CASE("weight scales of the other granularity are refused") {
    const QuantizedParameters per_tensor = sound(int8_file<qnnpack>());
    CHECK(refused<qnnpack, x86>(per_tensor) ==
          "metadata numerics: expected \"x86\", found \"qnnpack\"\n"
          "  metadata qconfig: expected \"x86\", found \"qnnpack\"\n"
          "  conv.weight_scale: expected F32/F16/BF16 [3], found F32 [1]\n"
          "  side.weight_scale: expected F32/F16/BF16 [3], found F32 [1]\n"
          "  fc.weight_scale: expected F32/F16/BF16 [2], found F32 [1]");
    CHECK(refused<x86, qnnpack>(sound(int8_file<x86>()))
              .ends_with("\n  fc.weight_scale: expected F32/F16/BF16 [1], found F32 [2]"));
}

TEST_CASE("a float layer where int8 is expected, and the reverse, are refused") {
    CHECK(refused<x86, Island>(sound(int8_file<x86>())) ==
          "metadata qconfig: expected \"global x86; module side none\", found \"x86\"\n"
          "  side.weight: expected F32/F16/BF16 [3, 1, 1, 3], found I8 [3, 1, 1, 3]\n"
          "  side.weight_scale: expected no such tensor, found F32 [3]");
    CHECK(refused<Island, x86>(sound(int8_file<Island>())) ==
          "metadata qconfig: expected \"x86\", found \"global x86; module side none\"\n"
          "  side.weight: expected I8 [3, 1, 1, 3], found F32 [3, 1, 1, 3]\n"
          "  side.weight_scale: expected F32/F16/BF16 [3], found no such tensor");
}

TEST_CASE("scales that are not above 0, or not finite, are refused") {
    const auto both = [](float bad, const std::string& says, const std::string& of_three) {
        INFO(bad);
        CHECK(refused_with<x86>([=](auto& q, auto) { q.qparams[1].scale = bad; }) == "conv.scale: " + says);
        CHECK(refused_with<qnnpack>([=](auto&, auto of) { of("fc").weight_scale[0] = bad; }) ==
              "fc.weight_scale: " + says);
        CHECK(refused_with<x86>([=](auto&, auto of) { of("conv").weight_scale[2] = bad; }) ==
              "conv.weight_scale: " + of_three);
    };
    const auto above = [&](float bad, const std::string& found) {
        both(bad, "expected a scale above 0, found " + found, "expected a scale above 0, found " + found);
    };
    const auto finite = [&](float bad, const std::string& found) {
        both(bad, "expected finite values, found " + found + " at flat index 0 in F32 [1]",
             "expected finite values, found " + found + " at flat index 2 in F32 [3]");
    };
    above(0.0f, "0.000000");
    above(-0.0f, "-0.000000");
    above(-0.5f, "-0.500000");
    finite(not_a_number, "NaN");
    finite(infinity, "infinity");
    finite(-infinity, "infinity");
}

TEST_CASE("zero points outside 0 to 255 are refused") {
    CHECK(refused_with<x86>([](auto& q, auto) { q.qparams[0].zero_point = 255; }) == "");
    CHECK(refused_with<x86>([](auto& q, auto) { q.qparams[0].zero_point = 256; }) ==
          "input.zero_point: expected 0 to 255, found 256");
    CHECK(refused_with<x86>([](auto& q, auto) { q.qparams[2].zero_point = -1; }) ==
          "side.zero_point: expected 0 to 255, found -1");
}

TEST_CASE("biases and float weights that are not finite are refused") {
    CHECK(refused_with<x86>([](auto&, auto of) { of("fc").bias[1] = not_a_number; }) ==
          "fc.bias: expected finite values, found NaN at flat index 1 in F32 [2]");
    CHECK(refused_with<x86>([](auto&, auto of) {
              of("conv").bias = {infinity, 0, -infinity};
          }) == "conv.bias: expected finite values, found infinity at flat index 0 and 1 more in F32 [3]");
    CHECK(refused_with<Island>([](auto&, auto of) { of("side").float_weight[4] = not_a_number; }) ==
          "side.weight: expected finite values, found NaN at flat index 4 in F32 [3, 1, 1, 3]");
}

TEST_CASE("weights outside the weight observer's range are refused") {
    const auto with = [](int w) { return [=](auto&, auto of) { of("side").weight[3] = static_cast<std::int8_t>(w); }; };
    for (const int w : {-128, 127}) CHECK(refused_with<x86>(with(w)) == "");
    for (const int w : {-127, 127}) CHECK(refused_with<Symmetric>(with(w)) == "");
    CHECK(refused_with<Symmetric>(with(-128)) ==
          "side.weight: expected -127 to 127, the weight observer's range, found -128 at flat index 3");
    for (const int w : {-64, 64}) CHECK(refused_with<Reduced>(with(w)) == "");  // 63.5 steps, rounded
    CHECK(refused_with<Reduced>(with(65)) ==
          "side.weight: expected -64 to 64, the weight observer's range, found 65 at flat index 3");
}

TEST_CASE("a histogram clips, so that weights under it may be any") {
    using Clips = octet::HistogramObserver<octet::qint8_symmetric_neg_127_to_127>;
    STATIC_REQUIRE(octet::weight_range<Clips>() == octet::QRange{-128, 127});
    STATIC_REQUIRE(octet::weight_range<octet::PerChannelObserver<Clips>>() == octet::QRange{-128, 127});
}

TEST_CASE("missing layers, extra tensors and tensors of other types are refused") {
    CHECK(Altered().remove("side.weight").remove("side.weight_scale").remove("side.bias").refused() ==
          "side.weight: expected I8 [3, 1, 1, 3], found no such tensor\n"
          "  side.weight_scale: expected F32/F16/BF16 [3], found no such tensor\n"
          "  side.bias: expected F32/F16/BF16 [3], found no such tensor");
    CHECK(Altered().put<float>("more.weight", {1}, {1}).refused() ==
          "more.weight: expected no such tensor, found F32 [1]");
    CHECK(Altered().rename("conv.weight", "module.conv.weight").refused() ==
          "conv.weight: expected I8 [3, 2, 2, 2], found no such tensor; did you mean \"module.conv.weight\"?\n"
          "  module.conv.weight: expected no such tensor, found I8 [3, 2, 2, 2]");
    CHECK(Altered().put<float>("fc.weight", {2, 3}, {1, 2, 3, 4, 5, 6}).refused() ==
          "fc.weight: expected I8 [2, 3], found F32 [2, 3]");
    CHECK(Altered().put<std::int8_t>("fc.weight", {3, 2}, {1, 2, 3, 4, 5, 6}).refused() ==
          "fc.weight: expected I8 [2, 3], found I8 [3, 2]");
    CHECK(Altered().put<float>("fc.weight_scale", {1}, {1}).refused() ==
          "fc.weight_scale: expected F32/F16/BF16 [2], found F32 [1]");
    CHECK(Altered().put<float>("fc.zero_point", {1}, {3}).refused() ==
          "fc.zero_point: expected I32/I64 [1], found F32 [1]");
    CHECK(Altered().put<std::int64_t>("fc.zero_point", {1}, {1LL << 32}).refused() ==
          "fc.zero_point: expected values of 32 bits, found 4294967296 at flat index 0 in I64 [1]");
}

TEST_CASE("a file whose content is not what its hash says is refused") {
    const std::string changed = Altered().put<std::int8_t>("fc.weight", {2, 3}, {5, 5, 5, 5, 5, 4}).refused();
    CHECK(changed.starts_with("metadata hash: expected \""));
    CHECK(std::ranges::count(changed, '\n') == 0);
    Altered file;
    file.metadata.erase("hash");
    CHECK(file.refused().ends_with("\", found none"));
    file.metadata["format"] = "octet int8, version 1";
    CHECK(file.refused() == "metadata format: expected \"octet int8, version 2\", found \"octet int8, version 1\"");
    file.metadata["format"] = "pt";
    CHECK(file.refused().ends_with(
        "b.safetensors: expected an int8 model of octet's, found none of its metadata; a float model (a state_dict) is "
        "loaded as a FloatModel"));
}

TEST_CASE("all faults of an int8 file are reported together") {
    CHECK(Altered()
              .remove("conv.bias")
              .put<float>("input.scale", {1}, {-1})
              .put<std::int32_t>("add.zero_point", {1}, {256})
              .put<float>("fc.bias", {2}, {0, not_a_number})
              .put<float>("more.scale", {1}, {1})
              .refused() ==
          "input.scale: expected a scale above 0, found -1.000000\n"
          "  add.zero_point: expected 0 to 255, found 256\n"
          "  conv.bias: expected F32/F16/BF16 [3], found no such tensor\n"
          "  fc.bias: expected finite values, found NaN at flat index 1 in F32 [2]\n"
          "  more.scale: expected no such tensor, found F32 [1]");
}
