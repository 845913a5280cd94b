// Int8 networks with float islands, and with several qconfigs.
#include "catch.hpp"

#include <filesystem>
#include <octet/report/model_report.hpp>

#include "graphs.hpp"
#include "naive.hpp"
#include "networks.hpp"

using namespace octet;
using test::find;
using Net = test::EveryOp;
using Model = FloatModel<Net>;

namespace {

using none = qconfig::none;

// Float at the beginning, in the middle, between other precisions of one cat, and at the end.
using Islands = QConfigMapping<Global<qconfig::onednn>, ModuleName<"stem", none>, ModuleName<"grouped", none>,
                               ModuleName<"dilated", none>, ObjectType<Op::mul, none>, ModuleName<"pool", none>,
                               ModuleNameRegex<"fc", none>>;
// The same but one.
using Others = QConfigMapping<Global<qconfig::onednn>, ModuleName<"stem", none>, ModuleName<"grouped", none>,
                              ModuleName<"dilated", none>, ObjectType<Op::mul, none>, ModuleName<"pool", none>>;

struct MinMax : QConfig<MinMaxObserver<>, MinMaxObserver<qint8_symmetric>, numerics::Fbgemm> {
    static constexpr const char* name = "min max";
};
struct Moving
    : QConfig<MovingAverageMinMaxObserver<quint8_affine_reduced>, PerChannelMinMaxObserver<>, numerics::Fbgemm> {
    static constexpr const char* name = "moving";
};
using Several = QConfigMapping<Global<qconfig::fbgemm>, ObjectType<Op::linear, MinMax>, ModuleName<"grouped", Moving>,
                               ModuleName<"back", MinMax>>;

const Model& model() {
    static const Model m = test::random_model<Net>();
    return m;
}
const std::vector<xt::xtensor<float, 3>>& calibration_images() {
    static const auto images = test::random_images(Model::input_shape, 8);
    return images;
}
template <class QC>
auto calibrated() {
    return calibrate(prepare<QC>(model()), calibration_images());
}

// (Catch2 cannot print an xtensor expression.)
template <class T>
bool same(const T& a, const T& b) {
    return std::equal(a.begin(), a.end(), b.begin());
}
template <class Forward>
std::vector<float> value(const Frame& frame, int i) {
    std::vector<float> v(Forward::graph[i].shape.size());
    read_value<Forward>(frame, i, v.data());
    return v;
}
double logit_sqnr(const auto& int8) {
    Model reference = model();
    auto program = int8;
    Sqnr sqnr;
    for (const auto& image : test::random_images(Model::input_shape, 10, 9)) {
        const auto f = reference(image);
        const auto q = program(image);
        sqnr.add({f.data(), f.size()}, {q.data(), q.size()});
    }
    return sqnr.db();
}

}  // namespace

TEST_CASE("float layers before the first int8 layer are the float network's") {
    auto int8 = convert(calibrated<Islands>());
    using Int8 = decltype(int8);
    using Mixed = Int8::layerwise;
    using Float = Forward<Fused<Net>, void, Model::architecture>;
    Workspace<Mixed> mixed_space;
    Workspace<Float> float_space;
    Serial serial;
    const auto image = test::random_images(Model::input_shape, 1, 7)[0];
    const Frame mixed = int8.frame(image.data(), mixed_space.arena.data());
    const Frame floats{image.data(), float_space.arena.data(), model().parameters()};
    int equal = 0;
    for (int i = 0; i < Mixed::graph.count; ++i) {
        step_table<Mixed, Serial>[std::size_t(i)](mixed, serial);
        const Node& n = Mixed::graph[i];
        if (n.op == Op::quantize || n.op == Op::dequantize) continue;
        step_table<Float, Serial>[std::size_t(n.layer)](floats, serial);
        if (n.name.view() != "input" && n.name.view() != "stem" && n.name.view() != "grouped") continue;
        CHECK(value<Mixed>(mixed, i) == value<Float>(floats, n.layer));
        ++equal;
    }
    CHECK(equal == 3);
}

TEST_CASE("float layers inside an int8 network compute on what they read") {
    auto int8 = convert(calibrated<Islands>());
    using Layers = decltype(int8)::layerwise;
    GraphView g = Layers::graph;
    Workspace<Layers> space;
    Serial serial;
    const auto image = test::random_images(Model::input_shape, 1, 7)[0];
    const Frame frame = int8.frame(image.data(), space.arena.data());
    std::vector<std::vector<float>> v;
    for (int i = 0; i < g.count; ++i) {
        step_table<Layers, Serial>[std::size_t(i)](frame, serial);
        v.push_back(value<Layers>(frame, i));
    }
    const auto input = [&](int i, int operand) -> const std::vector<float>& {
        return v[std::size_t(g[i].inputs[operand])];
    };

    const int product = find(g, "product");
    REQUIRE_FALSE(g[product].quantized);
    for (std::size_t k = 0; k < v[std::size_t(product)].size(); ++k)
        CHECK(v[std::size_t(product)][k] == std::max(input(product, 0)[k] * input(product, 1)[k], 0.0f));

    const int fc = g.output;
    REQUIRE((g[fc].name.view() == "fc" && !g[fc].quantized));
    const QuantizedParameters q = int8.parameters();
    const QuantizedLayer& l = q.layers[std::size_t(g[fc].layer)];
    for (std::size_t o = 0; o < 7; ++o) {
        double sum = l.bias[o];
        for (std::size_t k = 0; k < 20; ++k) sum += double(l.float_weight[o * 20 + k]) * double(input(fc, 0)[k]);
        CHECK(double(v[std::size_t(fc)][o]) == Approx(sum).margin(1e-5));
    }
    // Casts: integers become exactly the real numbers that they mean, and reals the nearest integers.
    int casts = 0;
    for (int i = 0; i < g.count; ++i) {
        if (g[i].op == Op::dequantize) CHECK(v[std::size_t(i)] == input(i, 0));
        if (g[i].op == Op::quantize) {
            const QParams p = Layers::qparams_of(frame, g[i].result);
            for (std::size_t k = 0; k < v[std::size_t(i)].size(); ++k) {
                const float low = float(-p.zero_point) * p.scale, high = float(255 - p.zero_point) * p.scale;
                CHECK(std::abs(v[std::size_t(i)][k] - std::clamp(input(i, 0)[k], low, high)) <= 0.5001f * p.scale);
            }
        }
        casts += g[i].op == Op::dequantize || g[i].op == Op::quantize ? 1 : 0;
    }
    CHECK(casts >= 6);
}

TEST_CASE("islands: a forward pass is the network layer by layer, on any number of threads") {
    auto int8 = convert(calibrated<Islands>());
    using Layers = decltype(int8)::layerwise;
    Workspace<Layers> space;
    Serial serial;
    ThreadPool five(5);
    for (const auto& image : test::random_images(Model::input_shape, 4, 5)) {
        const Frame frame = int8.frame(image.data(), space.arena.data());
        run_steps<Layers>(frame, serial);
        const auto logits = int8(image);
        CHECK(value<Layers>(frame, Layers::graph.output) == std::vector<float>(logits.begin(), logits.end()));
        CHECK(same(int8(image, five), logits));
    }
    INFO(logit_sqnr(int8) << " dB");
    CHECK(logit_sqnr(int8) > 20.0);
}

TEST_CASE("a network of which everything is in float but one layer is nearly the float network") {
    using One = QConfigMapping<ModuleName<"wide", qconfig::onednn>>;
    auto int8 = convert(calibrated<One>());
    CHECK(int8.qparams().size() == 2);  // what wide reads, and what it gives
    CHECK(logit_sqnr(int8) > 30.0);
    using Int8 = decltype(int8);
    CHECK(find(Int8::forward::graph, "input") == 0);
    CHECK_FALSE(Int8::forward::graph[0].quantized);
}

TEST_CASE("what is left in float is told") {
    const auto c = calibrated<Islands>();
    const auto int8 = convert(c);
    using Int8 = std::remove_const_t<decltype(int8)>;
    std::vector<std::string> in_float;
    for (const Finding& f : findings(c))
        if (f.kind == "left in float") in_float.push_back(f.layer);
    const std::vector<std::string> expected{"stem", "grouped", "dilated", "product", "pool", "square", "fc"};
    CHECK(in_float == expected);
    for (const std::string& layer : expected) CHECK_FALSE(Int8::is_int8(find(Int8::graph, layer)));

    const std::vector<double> sqnr(std::size_t(Int8::graph.count), 30.0);
    const auto layers = report_layers(int8, sqnr);
    std::uint64_t all = 0, quantized = 0;
    for (int i = 0; i < Int8::graph.count; ++i) {
        const bool is_float =  // the image, too, since only the stem reads it
            i == 0 || std::find(expected.begin(), expected.end(), layers[std::size_t(i)].name) != expected.end();
        CHECK(layers[std::size_t(i)].int8 != is_float);
        all += macs(Int8::graph, i);
        quantized += is_float ? 0 : macs(Int8::graph, i);
    }
    CHECK(coverage_macs(layers) == Approx(100.0 * double(quantized) / double(all)));
    CHECK(coverage_macs(layers) < 60.0);
    CHECK(coverage_macs(report_layers(test::quantized<qconfig::onednn>(model()), sqnr)) == 100.0);
    CHECK(side_by_side(int8).find("dilated") != std::string::npos);
    const auto images = test::random_images(Model::input_shape, 1, 3);
    const float* image = images[0].data();
    CHECK(layer_sqnr(model(), int8, std::span(&image, 1)).size() == std::size_t(Int8::graph.count));
}

TEST_CASE("the file of a mapping is that mapping's alone") {
    const auto path = std::filesystem::temp_directory_path() / "octet_islands.safetensors";
    auto int8 = convert(calibrated<Islands>());
    save(int8, path);
    auto again = load<decltype(int8)>(path);
    for (const auto& image : test::random_images(Model::input_shape, 3, 6)) CHECK(same(again(image), int8(image)));
    CHECK(model_hash(again) == model_hash(int8));

    const TensorFile file = read_tensor_file(path);
    CHECK(file.metadata().at("qconfig") == Islands::name);
    const auto has = [&](std::string_view name) {
        for (const auto& tensor : file.tensors())
            if (tensor.name == name) return true;
        return false;
    };
    CHECK((has("dilated.weight") && has("dilated.bias") && !has("dilated.weight_scale")));
    CHECK((has("gate.weight") && has("gate.weight_scale")));
    CHECK_FALSE(has("input.scale"));  // a float layer reads the image
    CHECK_THROWS_WITH((load<QuantizedModel<Net, Others>>(path)),
                      ContainsSubstring("qconfig") && ContainsSubstring("fc"));
    CHECK_THROWS_WITH((load<QuantizedModel<Net, qconfig::onednn>>(path)), ContainsSubstring("qconfig"));
    std::filesystem::remove(path);
}

TEST_CASE("several qconfigs: every layer under its own observers") {
    const auto mixed = calibrated<Several>();
    const auto histogram = calibrated<qconfig::fbgemm>();
    const auto min_max = calibrated<MinMax>();
    const auto moving = calibrated<Moving>();
    GraphView g = Model::graph;
    const auto scale = [&](const auto& c, const char* layer) {
        return c.qparams(Placed<Net>::placement.observer[std::size_t(find(g, layer))]);
    };
    // All are int8, so that observers have the same numbers whatever their types.
    REQUIRE(mixed.qparams().size() == histogram.qparams().size());
    for (const char* layer : {"stem", "sum", "wide", "square"}) CHECK(scale(mixed, layer) == scale(histogram, layer));
    for (const char* layer : {"hidden", "fc", "back"}) CHECK(scale(mixed, layer) == scale(min_max, layer));
    CHECK(scale(mixed, "grouped") == scale(moving, "grouped"));
    CHECK(scale(mixed, "grouped") != scale(histogram, "grouped"));

    auto int8 = convert(mixed);
    const QuantizedParameters q = int8.parameters();
    const auto per_channel = [&](const char* layer) { return q.layers[std::size_t(find(g, layer))].per_channel; };
    CHECK(per_channel("stem"));
    CHECK(per_channel("grouped"));
    CHECK_FALSE(per_channel("fc"));
    CHECK_FALSE(per_channel("hidden"));

    const auto image = test::random_images(Model::input_shape, 1, 8)[0];
    const auto logits = int8(image);
    const auto expected = test::naive_int8(int8, image.data());
    for (std::size_t i = 0; i < logits.size(); ++i)
        CHECK(logits(i) == numerics::Aten::dequantize<kernels::Scalar>(expected.back()[i], int8.qparams(g.output)));

    // Only the histogram observers' tensors have histograms to show.
    const auto tensors = report_tensors(g, Placed<Net>::placement, mixed.observers(), mixed.qparams());
    CHECK(tensors.size() == mixed.qparams().size() - 4);

    const auto path = std::filesystem::temp_directory_path() / "octet_several.safetensors";
    save(int8, path);
    auto again = load<decltype(int8)>(path);
    CHECK(same(again(image), logits));
    std::filesystem::remove(path);
}
