// Contract 1 for what works element by element: additions, multiplications, clamps, joins, casts; and what moves values
// between layouts.
#include "catch.hpp"

#include <octet/kernels/arch.hpp>
#include <octet/kernels/elementwise/elementwise.hpp>
#include <octet/kernels/elementwise/reference.hpp>
#include <octet/numerics/aten.hpp>
#include <octet/numerics/qnnpack.hpp>
#include <random>
#include <vector>

using namespace octet;
using namespace octet::kernels;
using numerics::Aten;
using numerics::QnnpackElementwise;

namespace {
using V = arch::best::vector;

std::vector<std::uint8_t> random_bytes(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> v(n);
    for (auto& x : v) x = std::uint8_t(random() & 255);
    return v;
}
std::vector<float> random_floats(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> value(0.0f, 3.0f);
    std::vector<float> v(n);
    for (auto& x : v) x = value(random);
    return v;
}

// The three layouts differ in their gaps; the gaps of the result stay as they were. Each kernel runs in two parts, the
// second first.
template <Layout A, Layout B, Layout Out, class E, bool Relu>
void check_pair() {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> scale(0.001f, 0.2f);
    for (unsigned seed = 0; seed < 12; ++seed) {
        const auto a = random_bytes(A.extent(), 2 * seed), b = random_bytes(B.extent(), 2 * seed + 1);
        QParams p{scale(random), int(seed * 19)}, q{scale(random), 3}, y{scale(random), int(seed)};
        if (seed % 3 == 0) q.scale = p.scale, y.scale = 2 * p.scale;  // every sum is a tie
        std::vector<std::uint8_t> out(Out.extent(), 9), expected(out);
        const auto addition = E::addition(p, q, y);
        reference::add<E, Relu>(A, B, Out, a.data(), b.data(), addition, expected.data());
        add<A, B, Out, E, Relu, V>(a.data(), b.data(), addition, out.data(), Out.shape.h / 2, Out.shape.h);
        add<A, B, Out, E, Relu, V>(a.data(), b.data(), addition, out.data(), 0, Out.shape.h / 2);
        CHECK(out == expected);
        y.scale = seed % 3 == 0 ? 2 * p.scale * q.scale : p.scale * 9;
        const auto multiplication = E::multiplication(p, q, y);
        reference::mul<E, Relu>(A, B, Out, a.data(), b.data(), multiplication, expected.data());
        mul<A, B, Out, E, Relu, V>(a.data(), b.data(), multiplication, out.data(), Out.shape.h / 2, Out.shape.h);
        mul<A, B, Out, E, Relu, V>(a.data(), b.data(), multiplication, out.data(), 0, Out.shape.h / 2);
        CHECK(out == expected);
    }
}
template <Shape S, class E>
void check_pairs() {
    check_pair<Layout{S, 1}, Layout{S, 0}, Layout{S, 2}, E, false>();
    check_pair<Layout{S, 0}, Layout{S, 1}, Layout{S, 0}, E, true>();
}
}  // namespace

TEST_CASE("sums and products, bodies and tails") {
    check_pairs<Shape{8, 8, 16}, Aten>();
    check_pairs<Shape{3, 7, 3}, Aten>();
    check_pairs<Shape{5, 5, 17}, Aten>();
    check_pairs<Shape{1, 1, 65}, Aten>();
    check_pairs<Shape{5, 5, 17}, QnnpackElementwise>();
    check_pairs<Shape{1, 1, 65}, QnnpackElementwise>();
}

TEST_CASE("a product is rounded once, from the exact product of integers") {
    const QParams a{0.02f, 100}, b{0.3f, 5}, y{0.07f, 40};
    const auto c = Aten::multiplication(a, b, y);
    const float multiplier = 0.02f * 0.3f * (1.0f / 0.07f);
    int wrong = 0;
    for (int p = 0; p < 256; ++p)
        for (int q = 0; q < 256; ++q) {
            const auto rounded = int(std::nearbyint(float((p - 100) * (q - 5)) * multiplier)) + 40;
            wrong += Aten::mul<Scalar, false>(p, q, c) != std::clamp(rounded, 0, 255) ? 1 : 0;
            wrong += Aten::mul<Scalar, true>(p, q, c) != std::clamp(rounded, 40, 255) ? 1 : 0;
        }
    CHECK(wrong == 0);
}

TEST_CASE("sums and products of floats") {
    constexpr Shape s{3, 5, 7};
    constexpr Layout a{s, 1}, b{s, 0}, out{s, 2};
    const auto x = random_floats(a.extent(), 1), y = random_floats(b.extent(), 2);
    std::vector<float> sum(out.extent(), 5.0f), product(sum), expected_sum(sum), expected_product(sum);
    for (int i = 0; i < s.h; ++i)
        for (int k = 0; k < s.w * s.c; ++k) {
            const float p = x[std::size_t(a.at(i, 0) + k)], q = y[std::size_t(b.at(i, 0) + k)];
            expected_sum[std::size_t(out.at(i, 0) + k)] = std::max(p + q, 0.0f);
            expected_product[std::size_t(out.at(i, 0) + k)] = p * q;
        }
    combine<a, b, out, true, V>(x.data(), y.data(), sum.data(), 0, s.h,
                                [](auto p, auto q) { return decltype(p)(p + q); });
    combine<a, b, out, false, V>(x.data(), y.data(), product.data(), 0, s.h,
                                 [](auto p, auto q) { return decltype(p)(p * q); });
    CHECK(sum == expected_sum);
    CHECK(product == expected_product);
}

TEST_CASE("clamps, of bytes and of floats") {
    constexpr Shape s{4, 5, 7};
    constexpr Layout in{s, 1}, out{s, 2};
    const auto x = random_bytes(in.extent(), 1);
    const std::vector<float> f(x.begin(), x.end());
    std::vector<std::uint8_t> y(out.extent(), 9), expected(y);
    std::vector<float> g(out.extent(), 9.0f);
    for (int i = 0; i < s.h; ++i)
        for (int k = 0; k < s.w * s.c; ++k)
            expected[std::size_t(out.at(i, 0) + k)] =
                std::clamp<std::uint8_t>(x[std::size_t(in.at(i, 0) + k)], 30, 222);
    clamp<in, out>(x.data(), std::uint8_t(30), std::uint8_t(222), y.data(), 2, 4);
    clamp<in, out>(x.data(), std::uint8_t(30), std::uint8_t(222), y.data(), 0, 2);
    clamp<in, out>(f.data(), 30.0f, 222.0f, g.data(), 0, 4);
    CHECK(y == expected);
    CHECK(std::equal(g.begin(), g.end(), expected.begin()));
}

TEST_CASE("a cat joins channels, and maps the integers of operands with another scale") {
    constexpr Layout a{{4, 3, 5}, 1}, b{{4, 3, 18}, 0}, out{{4, 3, 23}, 2};
    const auto x = random_bytes(a.extent(), 1), y = random_bytes(b.extent(), 2);
    std::vector<std::uint8_t> z(out.extent(), 9), expected(z);
    const auto same = [](std::uint8_t q, int) { return q; };
    const auto other = [](std::uint8_t q, int channel) { return std::uint8_t(q + (channel < 16 ? 1 : 100)); };
    join<a, out>(x.data(), 0, z.data(), 0, 4, same);
    join<b, out>(y.data(), 5, z.data(), 2, 4, other);
    join<b, out>(y.data(), 5, z.data(), 0, 2, other);
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 3; ++j)
            for (int c = 0; c < 23; ++c)
                expected[std::size_t(out.at(i, j) + c)] =
                    c < 5 ? x[std::size_t(a.at(i, j) + c)] : other(y[std::size_t(b.at(i, j) + c - 5)], c - 5);
    CHECK(z == expected);
}

TEST_CASE("a join table dequantizes and quantizes") {
    CHECK(Aten::join_body(16) == 16);
    CHECK(Aten::join_body(15) == 8);
    CHECK(Aten::join_body(7) == 0);
    for (const QParams from : {QParams{0.031f, 12}, QParams{1.0f, 255}, QParams{3e-5f, 0}, QParams{0.7f, 100}})
        for (const QParams to : {QParams{0.05f, 130}, QParams{0.5f, 0}, QParams{100.0f, 255}, QParams{1.4f, 1}}) {
            const auto body = join_table<Aten>(from, to, false), tail = join_table<Aten>(from, to, true);
            for (int q = 0; q < 256; ++q) {
                const auto quantized = [&](float x) {
                    return int(std::clamp(std::nearbyint(x * (1.0f / to.scale)) + float(to.zero_point), 0.0f, 255.0f));
                };
                CHECK(tail[std::size_t(q)] == quantized(from.scale * float(q - from.zero_point)));
                const float offset = -from.scale * float(from.zero_point);
                CHECK(body[std::size_t(q)] == quantized(std::fma(from.scale, float(q), offset)));
            }
        }
}

TEST_CASE("floats to bytes and back, from layouts with gaps and without") {
    constexpr Shape s{6, 25, 3};
    constexpr Layout wide{s, 2}, dense{s, 0};
    constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> image = random_floats(dense.extent(), 3);
    const float awkward[] = {inf, -inf, nan, 3e9f, -3e9f, 1e30f, -1e30f, 1e-42f, 0.5f, 1.5f, -0.5f, 254.5f, -0.0f};
    std::copy(std::begin(awkward), std::end(awkward), image.begin() + 70);
    std::vector<float> spread(wide.extent(), nan);
    place<wide>(image.data(), spread.data(), 0, s.h);
    for (const QParams p : {QParams{0.02f, 0}, QParams{1.0f, 128}, QParams{3.7e-5f, 255}, QParams{1e30f, 7}}) {
        std::vector<std::uint8_t> found(wide.extent(), 5), expected(found), packed(dense.extent()),
            contiguous(dense.extent());
        reference::quantize<Aten>(dense, wide, image.data(), p, expected.data());
        quantize<dense, wide, Aten, V>(image.data(), p, found.data(), 3, 6);
        quantize<dense, wide, Aten, V>(image.data(), p, found.data(), 0, 3);
        CHECK(found == expected);
        quantize<wide, dense, Aten, V>(spread.data(), p, packed.data(), 0, 6);
        gather(wide, found.data(), contiguous.data());
        CHECK(packed == contiguous);

        std::vector<float> real(dense.extent(), 5.0f), expected_real(real);
        for (std::size_t i = 0; i < real.size(); ++i) expected_real[i] = p.scale * float(contiguous[i] - p.zero_point);
        dequantize<wide, dense, Aten, V>(found.data(), p, real.data(), 2, 6);
        dequantize<wide, dense, Aten, V>(found.data(), p, real.data(), 0, 2);
        CHECK(real == expected_real);
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
