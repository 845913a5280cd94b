// Contract 1 for batches: whatever is computed together, by whichever algorithm, on however many threads, every image
// gets the logits that it gets alone.
#include "catch.hpp"

#include <octet/model/throughput.hpp>

#include "networks.hpp"

using namespace octet;

namespace {
/// Residual blocks, of which Winograd can compute most convolutions.
struct Residual {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({18, 13, 3});
        x = net.relu(net.conv2d("stem", x, {.out = 40, .kernel = 3, .pad = 1, .bias = true}));
        for (int i = 0; i < 2; ++i) {
            const int stride = i + 1;
            const Name name = Name("block") + i;
            auto left = net.relu(net.conv2d(name + ".a", x, {.out = 40, .kernel = 3, .stride = stride, .pad = 1}));
            left = net.conv2d(name + ".b", left, {.out = 40, .kernel = 3, .pad = 1, .bias = true});
            const auto right = i == 0 ? x : net.conv2d(name + ".right", x, {.out = 40, .stride = stride});
            x = net.relu(net.add(name + ".sum", left, right));
        }
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 6}));
    }
};

/// Batches wherever Winograd is possible, behind the first block only or everywhere, and never for one image.
template <bool Everywhere>
struct Batches : kernels::throughput<3> {
    static constexpr bool use_winograd(const kernels::ConvSpec& s, const kernels::ConvCosts&) {
        return s.images > 1 && (Everywhere || s.input.shape.h < 18);
    }
};

template <class A>
concept HasWinograd = requires {
    typename A::int16_dot;
};

template <class T>
bool same(const T& a, const T& b) {
    return std::equal(a.begin(), a.end(), b.begin());
}

template <class Kernels>
void check() {
    auto model = test::random_model<Residual>();
    const auto images = test::random_images(decltype(model)::input_shape, 11);
    const auto calibrated = calibrate(prepare<qconfig::x86>(model), images);
    auto plain = convert<kernels::direct>(calibrated);
    auto int8 = convert<Kernels>(calibrated);
    using Model = decltype(int8);

    std::vector<const float*> pointers;
    for (const auto& image : images) pointers.push_back(image.data());
    for (const int threads : {1, 2, 5})
        for (const std::size_t count : {1u, 3u, 7u, 11u}) {
            Throughput<Model> run(int8, threads);
            std::vector<typename Model::Logits> logits(count);
            run(std::span(pointers).first(count), logits);
            for (std::size_t i = 0; i < count; ++i) {
                CHECK(same(logits[i], plain(images[i])));
                CHECK(same(logits[i], int8(images[i])));
            }
        }
    CHECK_THROWS_WITH(([&] {
                          std::vector<typename Model::Logits> few(1);
                          Throughput<Model>(int8, 1)(pointers, few);
                      }()),
                      ContainsSubstring("11 images need as many logits, but there are 1"));
}
}  // namespace

TEST_CASE("batches give the logits of single images") {
    check<Batches<true>>();
    check<Batches<false>>();
}

TEST_CASE("where a batch begins, and what it takes") {
    using Alone = QuantizedModel<Residual, qconfig::x86, arch::best, kernels::direct>::forward;
    using Late = QuantizedModel<Residual, qconfig::x86, arch::best, Batches<false>>::forward;
    using All = QuantizedModel<Residual, qconfig::x86, arch::best, Batches<true>>::forward;
    CHECK(Alone::batch.images == 1);
    if (!HasWinograd<arch::best>) return;
    CHECK(Late::batch.images == 3);
    CHECK(Late::graph[Late::batch.cut].name == "block0.b");
    CHECK(All::graph[All::batch.cut].op == Op::input);
    CHECK(Alone::plan.bytes < Late::plan.bytes);
    // Values of different images never overlap, nor do values that are alive together.
    constexpr auto& plan = Late::plan;
    for (int i = 0; i < Late::graph.count; ++i) {
        const auto bytes = value_bytes(plan.layout[std::size_t(i)], true);
        CHECK((i < Late::batch.cut) == (plan.stride[std::size_t(i)] == 0));
        CHECK((i < Late::batch.cut || plan.stride[std::size_t(i)] >= bytes));
    }
}
