// A network with every operation, in float and under every qconfig, against its definition.
#include "catch.hpp"

#include <filesystem>
#include <octet/report/metrics.hpp>

#include "graphs.hpp"
#include "naive.hpp"
#include "networks.hpp"

using namespace octet;
using Net = test::EveryOp;
using Model = FloatModel<Net>;

namespace {

// (Catch2 cannot print an xtensor expression.)
template <class T>
bool same(const T& a, const T& b) {
    return std::equal(a.begin(), a.end(), b.begin());
}

struct onednn2 : QConfig<qconfig::onednn::activation, qconfig::onednn::weight, numerics::Onednn2> {
    static constexpr const char* name = "onednn 2";
};
// Zero lies in the middle: a ReLU's result has a zero point, too.
struct symmetric : QConfig<MinMaxObserver<QScheme{.symmetric = true}>, qconfig::fbgemm::weight, numerics::Fbgemm> {
    static constexpr const char* name = "symmetric";
};

const Model& model() {
    static const Model m = test::random_model<Net>();
    return m;
}

template <class Forward>
std::vector<float> layer_value(const Frame& frame, int i) {
    std::vector<float> value(Forward::graph[i].shape.size());
    read_value<Forward>(frame, i, value.data());
    return value;
}

}  // namespace

TEST_CASE("every operation's float layers are their definition") {
    using Layers = Forward<Fused<Net>, void, Model::architecture>;
    Model m = model();
    Workspace<Layers> space;
    Serial serial;
    ThreadPool three(3);
    for (const auto& image : test::random_images(Model::input_shape, 3)) {
        const auto expected = test::naive_forward(m, image.data());
        const Frame frame{image.data(), space.arena.data(), m.parameters()};
        for (int layer = 0; layer < Layers::graph.count; ++layer) {
            step_table<Layers, Serial>[std::size_t(layer)](frame, serial);
            // A fused layer's result is that of the last operation in it.
            const Node& n = Layers::graph[layer];
            int written = n.batch_norm >= 0 ? n.batch_norm : n.source;
            if (n.relu)
                while (Model::written[written].op != Op::relu) ++written;
            const auto& e = expected[std::size_t(written)];
            double scale = 0, worst = 0;
            for (const double x : e) scale = std::max(scale, std::abs(x));
            const auto found = layer_value<Layers>(frame, layer);
            for (std::size_t k = 0; k < e.size(); ++k) worst = std::max(worst, std::abs(double(found[k]) - e[k]));
            INFO(std::string(n.name.view()));
            CHECK(worst < 2e-6 * scale);
        }
        const auto logits = m(image);
        CHECK(same(std::vector<float>(logits.begin(), logits.end()), layer_value<Layers>(frame, Layers::graph.output)));
        CHECK(same(m(image, three), logits));
    }
}

TEMPLATE_TEST_CASE("every operation's int8 layers are their definition", "", qconfig::fbgemm, qconfig::x86,
                   qconfig::onednn, onednn2, qconfig::qnnpack, qconfig::default_qconfig, symmetric) {
    using Int8 = QuantizedModel<Net, TestType>;
    using Layers = typename Int8::layerwise;
    auto int8 = test::quantized<TestType>(model());
    static_assert(std::is_same_v<decltype(int8), Int8>);
    Workspace<Layers> space;
    Workspace<typename Int8::forward> dirty;
    Serial serial;
    ThreadPool two(2), five(5);
    Sqnr sqnr;
    Model m = model();
    for (const auto& image : test::random_images(Model::input_shape, 4, 5)) {
        // Layer by layer, integer by integer.
        const auto expected = test::naive_int8(int8, image.data());
        const Frame frame = int8.frame(image.data(), space.arena.data());
        run_steps<Layers>(frame, serial);
        std::vector<std::uint8_t> found;
        for (int layer = 0; layer < Layers::graph.count; ++layer) {
            const Layout& layout = Layers::plan.layout[std::size_t(layer)];
            found.resize(layout.shape.size());
            step_table<Layers, Serial>[std::size_t(layer)](frame, serial);
            kernels::gather(layout, Layers::template value<std::uint8_t>(frame, layer), found.data());
            INFO(std::string(Layers::graph[layer].name.view()));
            CHECK(found == expected[std::size_t(layer)]);
        }
        // All at once, clamps and additions inside convolutions, on any number of threads, on any memory.
        const auto logits = int8(image);
        CHECK(layer_value<Layers>(frame, Layers::graph.output) == std::vector<float>(logits.begin(), logits.end()));
        CHECK(same(int8(image, two), logits));
        CHECK(same(int8(image, five), logits));
        std::fill_n(dirty.arena.data(), dirty.arena.size(), std::byte{0xa5});
        CHECK(same(int8.run(image.data(), dirty, serial), logits));
        const auto real = m(image);
        sqnr.add({real.data(), real.size()}, {logits.data(), logits.size()});
    }
    INFO("logits " << sqnr.db() << " dB");
    CHECK(sqnr.db() > 15.0);

    const auto path = std::filesystem::temp_directory_path() / ("octet_every_op_" + std::string(TestType::name));
    save(int8, path);
    auto again = load<Int8>(path);
    for (const auto& image : test::random_images(Model::input_shape, 2, 6)) CHECK(same(again(image), int8(image)));
    CHECK(model_hash(again) == model_hash(int8));
    std::filesystem::remove(path);
}

TEST_CASE("a cat's observer sees all its operands, a pool among them") {
    const auto images = test::random_images(Model::input_shape, 8);
    const auto calibrated = calibrate(prepare<qconfig::default_qconfig>(model()), images);
    GraphView g = Model::graph;
    const auto expected = [&](std::initializer_list<const char*> layers) {
        MinMaxObserver<quint8_affine_reduced> observer;
        for (const auto& image : images) {
            const auto values = test::naive_forward(model(), image.data());
            for (const char* layer : layers) {
                const auto& v = values[std::size_t(test::find(Model::written, layer))];
                observer.observe(std::vector<float>(v.begin(), v.end()));
            }
        }
        return observer.qparams();
    };
    const auto found = [&](const char* layer) {
        return calibrated.qparams(Placed<Net>::placement.observer[std::size_t(test::find(g, layer))]);
    };
    CHECK(found("join").scale == Approx(expected({"narrow", "pool", "relu_2", "join"}).scale));
    CHECK(found("join").scale != Approx(expected({"narrow", "relu_2"}).scale));  // the pool's values matter
    CHECK(found("back").scale == Approx(expected({"back"}).scale));
    CHECK(found("narrow") == found("join"));
    CHECK(found("pool") == found("back"));
}

TEST_CASE("what is lowered and what is not") {
    GraphView lowered = QuantizedModel<Net, qconfig::x86>::forward::graph;
    const auto has = [&](const char* name) {
        for (int i = 0; i < lowered.count; ++i)
            if (lowered[i].name.view() == name) return true;
        return false;
    };
    for (const char* inside : {"relu6", "depthwise.relu6", "bounded", "sum", "gate.clamp", "half", "relu6_1"})
        CHECK_FALSE(has(inside));
    for (const char* alone : {"six", "twice.clamp", "back", "product", "join", "mean"}) CHECK(has(alone));
}
