// Contract 1 for everything that is not a convolution: pools, additions, quantize, flatten, and the primitives
// of the architecture they are written in.
#include "catch.hpp"

#include <limits>
#include <octet/kernels/arch.hpp>
#include <octet/kernels/elementwise/elementwise.hpp>
#include <octet/kernels/elementwise/reference.hpp>
#include <octet/kernels/pool/pool.hpp>
#include <octet/kernels/pool/reference.hpp>
#include <octet/numerics/fbgemm.hpp>
#include <random>
#include <vector>

using namespace octet;
using namespace octet::kernels;

namespace {
using Arch = arch::best;
using V = Arch::vector;
using Policy = numerics::Fbgemm;

template <class T>
std::vector<T> random_values(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<T> v(n);
    for (T& x : v) x = T(random() & 255);
    return v;
}

template <PoolSpec S>
void check_max_pool() {
    for (unsigned seed = 0; seed < 4; ++seed) {
        const auto in = random_values<std::uint8_t>(S.input.extent() + 64, seed);
        std::vector<std::uint8_t> out(S.output.extent(), 1), expected(out);
        reference::max_pool(S.input, S.window, S.output, in.data(), expected.data());
        max_pool<S>(in.data(), out.data(), S.output.shape.h / 2, S.output.shape.h);
        max_pool<S>(in.data(), out.data(), 0, S.output.shape.h / 2);
        CHECK(out == expected);
        const std::vector<float> f(in.begin(), in.end());
        std::vector<float> fo(out.size(), 1.0f);
        max_pool<S>(f.data(), fo.data(), 0, S.output.shape.h);
        CHECK(std::equal(fo.begin(), fo.end(), expected.begin()));
    }
}

template <Layout In, Layout Out>
void check_average() {
    for (unsigned seed = 0; seed < 20; ++seed)
        for (const std::int32_t z : {0, 1, 64, 127, 255}) {
            const auto in = random_values<std::uint8_t>(In.extent() + 64, seed);
            std::vector<std::uint8_t> out(Out.extent(), 1), expected(out);
            reference::global_avg_pool<Policy>(In, Out, in.data(), z, expected.data());
            global_avg_pool<In, Out, Policy, V>(in.data(), z, out.data());
            CHECK(out == expected);
        }
}

template <Layout A, Layout B, Layout Out>
void check_add() {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> scale(0.001f, 0.2f);
    for (unsigned seed = 0; seed < 12; ++seed) {
        const auto a = random_values<std::uint8_t>(A.extent() + 64, 2 * seed);
        const auto b = random_values<std::uint8_t>(B.extent() + 64, 2 * seed + 1);
        QParams p{scale(random), int(seed * 19)}, q{scale(random), 3}, y{scale(random), int(seed)};
        if (seed % 3 == 0) q.scale = p.scale, y.scale = 2 * p.scale;  // every result is a tie
        const auto addition = Policy::addition(p, q, y);
        std::vector<std::uint8_t> out(Out.extent(), 9), expected(out);
        reference::add<Policy, true>(A, B, Out, a.data(), b.data(), addition, expected.data());
        add<A, B, Out, Policy, true, V>(a.data(), b.data(), addition, out.data(), 0, Out.shape.h);
        CHECK(out == expected);
        reference::add<Policy, false>(A, B, Out, a.data(), b.data(), addition, expected.data());
        add<A, B, Out, Policy, false, V>(a.data(), b.data(), addition, out.data(), 0, Out.shape.h);
        CHECK(out == expected);
    }
}

// Every function of V against Scalar, lane by lane.
template <class F>
void same_lanes(const std::vector<float>& values, F f) {
    for (std::size_t i = 0; i + std::size_t(V::lanes) <= values.size(); i += std::size_t(V::lanes)) {
        std::int32_t vector[V::lanes];
        V::store(vector, f.template operator()<V>(V::load(values.data() + i)));
        for (int lane = 0; lane < V::lanes; ++lane) {
            const float x = values[i + std::size_t(lane)];
            INFO(x);
            CHECK(vector[lane] == f.template operator()<Scalar>(x));
        }
    }
}

std::vector<float> awkward_floats() {
    constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> v{0.0f,       -0.0f,       0.5f,       -0.5f,   1.5f,          2.5f,           -2.5f,
                         254.5f,     255.5f,      3e9f,       -3e9f,   1e30f,         -1e30f,         inf,
                         -inf,       nan,         1e-42f,     -1e-42f, 2147483520.0f, -2147483648.0f, 2147483648.0f,
                         8388609.0f, 0.49999997f, 16777217.0f};
    std::mt19937 random(1);
    std::normal_distribution<float> value(0.0f, 200.0f);
    for (int i = 0; i < 2000; ++i) v.push_back(value(random));
    for (int i = 0; i < 512; ++i) v.push_back(float(i) - 256.0f + 0.5f);
    v.resize(v.size() / 64 * 64);
    return v;
}
}  // namespace

TEST_CASE("max pools: windows, strides, padding that never wins") {
    check_max_pool<PoolSpec{{{9, 9, 64}, 1}, {{5, 5, 64}, 1}, {3, 2, 1}}>();
    check_max_pool<PoolSpec{{{7, 5, 3}, 0}, {{7, 5, 3}, 2}, {3, 1, 1}}>();
    check_max_pool<PoolSpec{{{8, 8, 70}, 1}, {{4, 4, 70}, 0}, {2, 2, 0}}>();
    check_max_pool<PoolSpec{{{6, 7, 130}, 0}, {{2, 3, 130}, 0}, {{3, 2}, {3, 2}, 0}}>();
    check_max_pool<PoolSpec{{{1, 1, 5}, 0}, {{1, 1, 5}, 0}, {3, 2, 1}}>();
}

TEST_CASE("global average pools") {
    check_average<Layout{{7, 7, 512}, 0}, Layout{{1, 1, 512}, 0}>();
    check_average<Layout{{7, 7, 30}, 1}, Layout{{1, 1, 30}, 1}>();
    check_average<Layout{{3, 5, 1}, 2}, Layout{{1, 1, 1}, 0}>();
    check_average<Layout{{1, 1, 100}, 0}, Layout{{1, 1, 100}, 0}>();
    check_average<Layout{{56, 56, 17}, 1}, Layout{{1, 1, 17}, 0}>();
}

TEST_CASE("additions, bodies and tails") {
    check_add<Layout{{8, 8, 16}, 1}, Layout{{8, 8, 16}, 0}, Layout{{8, 8, 16}, 2}>();
    check_add<Layout{{3, 7, 3}, 0}, Layout{{3, 7, 3}, 1}, Layout{{3, 7, 3}, 0}>();
    check_add<Layout{{5, 5, 17}, 1}, Layout{{5, 5, 17}, 1}, Layout{{5, 5, 17}, 1}>();
    check_add<Layout{{1, 1, 65}, 0}, Layout{{1, 1, 65}, 0}, Layout{{1, 1, 65}, 0}>();
}

TEST_CASE("quantizing an image") {
    constexpr Layout out{{6, 25, 3}, 2};
    const auto values = awkward_floats();
    for (const QParams p : {QParams{0.02f, 0}, QParams{1.0f, 128}, QParams{3.7e-5f, 255}, QParams{1e30f, 7}}) {
        std::vector<std::uint8_t> found(out.extent(), 5), expected(found);
        reference::quantize<Policy>(out, values.data(), p, expected.data());
        quantize<out, Policy, V>(values.data(), p, found.data(), 3, 6);
        quantize<out, Policy, V>(values.data(), p, found.data(), 0, 3);
        CHECK(found == expected);
    }
}

TEST_CASE("the vector does lane by lane what the scalar does") {
    const auto values = awkward_floats();
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(x); });
    same_lanes(values, []<class W>(typename W::f32 x) { return Policy::quantize<W>(x, 1.0f / 0.37f, 101); });
    same_lanes(values,
               []<class W>(typename W::f32 x) { return W::round(W::fma(x, W::set(1.0000001f), W::set(-0.5f))); });
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(W::to_float(W::round(x))); });
    same_lanes(values, []<class W>(typename W::f32 x) {
        const auto i = W::max(W::min(W::round(x), W::set(std::int32_t(300))), W::set(std::int32_t(-7)));
        return W::add(i, W::set(std::numeric_limits<std::int32_t>::max()));
    });
    same_lanes(values, []<class W>(typename W::f32 x) {
        return Policy::requantize<W>(W::round(x), W::set(0.25f), W::set(0.0371f), {17, 17});
    });
    for (int first = 0; first + V::lanes <= 256; first += V::lanes) {
        std::uint8_t bytes[V::lanes], back[V::lanes];
        for (int i = 0; i < V::lanes; ++i) bytes[i] = std::uint8_t(first + i);
        V::store_u8(back, V::load_u8(bytes));
        CHECK(std::equal(bytes, bytes + V::lanes, back));
    }
}

TEST_CASE("gaps, flatten and gather know the layout") {
    constexpr Layout in{{2, 3, 4}, 1}, out{{1, 1, 24}, 0};
    std::vector<std::uint8_t> x(in.extent()), y(out.extent()), hwc(24);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::uint8_t(i);
    fill_gaps<in>(x.data(), std::uint8_t(200));
    CHECK(x[0] == 200);
    CHECK(x[std::size_t(in.at(0, 2)) + 4] == 200);
    CHECK(x[std::size_t(in.at(0, 0))] == in.at(0, 0));
    CHECK(x.back() == 200);
    gather(in, x.data(), hwc.data());
    CHECK(hwc[13] == x[std::size_t(in.at(1, 0)) + 1]);
    flatten<in, out>(x.data(), y.data());
    CHECK(y[6 + 2] == x[std::size_t(in.at(0, 2)) + 1]);  // channel 1, pixel (0, 2)
}
