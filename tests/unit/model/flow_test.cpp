#include "catch.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <octet/report/model_report.hpp>
#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

#include "naive.hpp"
#include "networks.hpp"

using namespace octet;
using Net = test::TinyNet<>;
using Model = FloatModel<Net>;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// (Catch2 cannot print an xtensor expression.)
template <class T>
bool same(const T& a, const T& b) {
    return std::equal(a.begin(), a.end(), b.begin());
}

struct WithInfinity : QConfig<MinMaxObserver<>, PerChannelMinMaxObserver<>, numerics::Fbgemm> {
    static constexpr const char* name = "with infinity";
};
struct AffineWeights : MinMaxObserver<quint8_affine> {
    void merge(const AffineWeights&) {}
    static constexpr QScheme scheme = qint8_symmetric;  // which is not true
};
struct WithAffineWeights : QConfig<MinMaxObserver<>, AffineWeights, numerics::Fbgemm> {
    static constexpr const char* name = "with affine weights";
};

std::filesystem::path temporary(const char* name) { return std::filesystem::temp_directory_path() / name; }

}  // namespace

TEST_CASE("the float forward pass is the network") {
    auto model = test::random_model<Net>();
    for (const auto& image : test::random_images(Model::input_shape, 3)) {
        const auto expected = test::naive_forward(model, image.data())[std::size_t(Model::written.output)];
        const auto found = model(image);
        double scale = 0;
        for (const double e : expected) scale = std::max(scale, std::abs(e));
        for (std::size_t i = 0; i < expected.size(); ++i)
            CHECK(std::abs(double(found(i)) - expected[i]) < 1e-5 * scale);
    }
}

TEST_CASE("int8 follows float closely") {
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<qconfig::onednn>(model);
    Sqnr sqnr;
    for (const auto& image : test::random_images(Model::input_shape, 20, 9)) {
        const auto f = model(image);
        const auto q = int8(image);
        for (std::size_t i = 0; i < f.size(); ++i) sqnr.add(f(i), q(i));
    }
    CHECK(sqnr.db() > 20.0);
}

TEST_CASE("threads, workspaces and neighbours do not change a bit") {
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<qconfig::x86>(model);
    ThreadPool two(2), five(5);
    for (const auto& image : test::random_images(Model::input_shape, 5, 4)) {
        const auto alone = int8(image);
        CHECK(same(int8(image, two), alone));
        CHECK(same(int8(image, five), alone));
        CHECK(same(model(image, five), model(image)));
        Workspace<decltype(int8)::forward> space;
        for (std::size_t i = 0; i < space.arena.size(); ++i)
            space.arena.data()[i] = std::byte{0xa5};  // whatever was there
        Serial serial;
        CHECK(same(int8.run(image.data(), space, serial), alone));
    }
}

TEST_CASE("calibration on many threads finds the same ranges") {
    const auto images = test::random_images(Model::input_shape, 23);
    ThreadPool pool(4);
    const auto one = calibrate(prepare<qconfig::x86>(test::random_model<Net>()), images);
    const auto many = calibrate(prepare<qconfig::x86>(test::random_model<Net>()), images, {}, pool);
    for (int i = 0; i < Placed<Net>::placement.count; ++i) CHECK(one.qparams(i) == many.qparams(i));
    CHECK(one.images() == 23);
}

TEST_CASE("a forward pass gives the same integers as layer by layer") {
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<qconfig::x86>(model);
    using Int8 = decltype(int8);
    using Layers = Int8::layerwise;
    Workspace<Layers> space;
    Serial serial;
    for (const auto& image : test::random_images(Model::input_shape, 4, 5)) {
        const Frame frame = int8.frame(image.data(), space.arena.data());
        run_steps<Layers>(frame, serial);
        const auto logits = int8(image);
        const QParams p = int8.qparams(Layers::graph.output);
        const auto* q = Layers::value<std::uint8_t>(frame, Layers::graph.output);
        for (std::size_t i = 0; i < logits.size(); ++i)
            CHECK(logits(i) == Int8::numerics::elementwise::dequantize<kernels::Scalar>(q[i], p));
    }
}

TEST_CASE("the int8 file is deterministic and loads back by its type") {
    const auto path = temporary("octet_flow_a.safetensors"), second = temporary("octet_flow_b.safetensors");
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<qconfig::x86>(model);
    save(int8, path);
    save(test::quantized<qconfig::x86>(test::random_model<Net>()), second);
    CHECK(bytes_of(path) == bytes_of(second));

    auto again = load<decltype(int8)>(path);
    for (const auto& image : test::random_images(Model::input_shape, 3, 6)) CHECK(same(again(image), int8(image)));
    save(again, second);
    CHECK(bytes_of(path) == bytes_of(second));
    CHECK(model_hash(again) == model_hash(int8));
    CHECK(bytes_of(path).find(model_hash(int8)) != std::string::npos);

    SECTION("but not as another network, or under another qconfig") {
        using Other = QuantizedModel<test::TinyNet<8>, qconfig::x86>;
        CHECK_THROWS_WITH(load<Other>(path), ContainsSubstring("fc.weight") && ContainsSubstring("graph"));
        using Eight = QuantizedModel<Net, qconfig::onednn>;
        CHECK_THROWS_WITH(load<Eight>(path), ContainsSubstring("qconfig") && ContainsSubstring("onednn"));
        CHECK_THROWS_WITH(load<Model>(path), ContainsSubstring("load it as a QuantizedModel"));
    }
    std::filesystem::remove(path);
    std::filesystem::remove(second);
}

TEST_CASE("an int8 file with impossible numbers is refused by name") {
    const auto path = temporary("octet_flow_c.safetensors");
    auto int8 = test::quantized<qconfig::x86>(test::random_model<Net>());
    QuantizedParameters q = int8.parameters();
    SECTION("a scale of zero") {
        q.qparams[0] = {0.0f, 3};
        int8.assign(q);
        save(int8, path);
        CHECK_THROWS_WITH(load<decltype(int8)>(path), ContainsSubstring("input.scale"));
    }
    SECTION("a zero point out of range") {
        q.qparams[0].zero_point = 256;
        int8.assign(q);
        save(int8, path);
        CHECK_THROWS_WITH(load<decltype(int8)>(path),
                          ContainsSubstring("input.zero_point") && ContainsSubstring("256"));
    }
    SECTION("a scale that its hash does not know") {
        save(int8, path);
        TensorFile file = read_tensor_file(path);
        Metadata metadata = file.metadata();
        metadata["hash"] = "0123456789abcdef";
        const std::vector<StoredTensor> tensors(file.tensors().begin(), file.tensors().end());
        write_safetensors(path, tensors, metadata);
        CHECK_THROWS_WITH(load<decltype(int8)>(path), ContainsSubstring("hash"));
    }
    std::filesystem::remove(path);
}

TEST_CASE("calibration refuses nothing silently") {
    const auto prepared = prepare<qconfig::x86>(test::random_model<Net>());
    CHECK_THROWS_WITH(calibrate(prepared, std::vector<xt::xtensor<float, 3>>{}), ContainsSubstring("no images"));
    auto images = test::random_images(Model::input_shape, 2);
    images[1](3, 4, 1) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(calibrate(prepared, images), ContainsSubstring("input") && ContainsSubstring("NaN"));
    const auto wrong = test::random_images({5, 5, 3}, 1);
    CHECK_THROWS_WITH(calibrate(prepared, wrong), ContainsSubstring("19 x 17 x 3") && ContainsSubstring("5 x 5 x 3"));
}

TEST_CASE("what calibration cannot make a scale of is an error that names the tensor") {
    constexpr float inf = std::numeric_limits<float>::infinity();
    auto images = test::random_images(Model::input_shape, 2);
    SECTION("a tensor without a finite value") {
        for (auto& image : images) image.fill(inf);
        // The convolution makes NaNs of infinities, but the image comes first: the observer sees only infinities.
        CHECK_THROWS_WITH(calibrate(prepare<qconfig::x86>(test::random_model<Net>()), images),
                          ContainsSubstring("octet: calibration: tensor"));
    }
    SECTION("an observer that keeps an infinity") {
        auto model = test::random_model<Net>();
        for (int i = 0; i < Model::tensors.count; ++i)  // nothing downstream sees a NaN: weights of zero and one
            for (float& x : model.tensor(i)) x = std::abs(x);
        model.pack();
        for (float& x : images[1]) x = std::abs(x);
        images[1](0, 0, 0) = 3e38f;
        images[1](0, 1, 0) = 3e38f;
        CHECK_THROWS_WITH(calibrate(prepare<WithInfinity>(model), images), ContainsSubstring("scale inf"));
    }
    SECTION("values that overflow the histogram's arithmetic stay inside its memory") {
        for (auto& image : images)
            for (float& x : image) x *= 1e36f;
        HistogramObserver<> observer;
        observer.observe(std::span<const float>(images[0].data(), images[0].size()));
        observer.observe(std::span<const float>(images[1].data(), images[1].size()));
        CHECK(observer.qparams().scale > 0.0f);
    }
}

TEST_CASE("views of a batch are images, if they are contiguous") {
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<qconfig::x86>(model);
    xt::xtensor<float, 4> batch = xt::xtensor<float, 4>::from_shape({3, 19, 17, 3});
    for (std::size_t i = 0; i < batch.size(); ++i) batch.data()[i] = float(i % 37) / 37.0f - 0.4f;
    for (std::size_t i = 0; i < 3; ++i) {
        const xt::xtensor<float, 3> image = xt::view(batch, i);
        CHECK(same(model(xt::view(batch, i)), model(image)));
        CHECK(same(int8(xt::view(batch, i, xt::all(), xt::all(), xt::all())), int8(image)));
    }
    const xt::xtensor<float, 3> chw = xt::xtensor<float, 3>::from_shape({3, 19, 17});
    CHECK_THROWS_WITH(model(xt::transpose(chw, {1, 2, 0})), ContainsSubstring("not contiguous: copy it first"));
}

TEST_CASE("a model without weights does not pretend") {
    const auto image = test::random_images(Model::input_shape, 1)[0];
    Model empty;
    CHECK_THROWS_WITH(empty(image), ContainsSubstring("pack()"));
    auto model = test::random_model<Net>();
    model.tensor(0)[0] += 1.0f;
    CHECK_THROWS_WITH(model(image), ContainsSubstring("pack()"));
    CHECK_THROWS_WITH(calibrate(prepare<qconfig::x86>(model), std::vector{image}), ContainsSubstring("pack()"));
    QuantizedModel<Net, qconfig::x86> nothing;
    CHECK_THROWS_WITH(nothing(image), ContainsSubstring("load it"));
    CHECK_THROWS_WITH(test::quantized<WithAffineWeights>(test::random_model<Net>()), ContainsSubstring("zero point"));
}

TEST_CASE("calibration takes images that are made on the way") {
    const auto images = test::random_images(Model::input_shape, 23);
    // As std::views::transform would be, which clang++ 14 cannot compile from libstdc++ 12.
    struct Made {
        const std::vector<xt::xtensor<float, 3>>& from;
        struct iterator {
            const xt::xtensor<float, 3>* at;
            xt::xtensor<float, 3> operator*() const { return *at; }
            iterator& operator++() { return ++at, *this; }
            bool operator!=(const iterator& other) const { return at != other.at; }
        };
        iterator begin() const { return {from.data()}; }
        iterator end() const { return {from.data() + from.size()}; }
    };
    const Made made{images};
    const auto stored = calibrate(prepare<qconfig::x86>(test::random_model<Net>()), images, {.batch = 4});
    const auto streamed = calibrate(prepare<qconfig::x86>(test::random_model<Net>()), made, {.batch = 4});
    for (int i = 0; i < Placed<Net>::placement.count; ++i) CHECK(stored.qparams(i) == streamed.qparams(i));
}

TEST_CASE("findings tell of dead channels and clipped ranges") {
    auto model = test::random_model<Net>();
    for (int i = 0; i < Model::tensors.count; ++i)
        if (Model::tensors.slots[std::size_t(i)].name.view() == "left.weight")
            std::fill_n(model.tensor(i).begin(), model.tensor(i).size() / 29, 0.0f);
    model.pack();
    const auto calibrated = calibrate(prepare<qconfig::x86>(model), test::random_images(Model::input_shape, 4));
    bool dead = false, clipped = false;
    for (const Finding& f : findings(calibrated)) {
        dead = dead || (f.kind == "dead channels" && f.layer == "left" && f.detail.starts_with("1 of 29"));
        clipped = clipped || f.kind == "clipped ranges";
    }
    CHECK(dead);
    CHECK(clipped);
}
