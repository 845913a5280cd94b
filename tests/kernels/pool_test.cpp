// Contract 1 for pools, and their windows and bins against PyTorch's.
#include "catch.hpp"

#include <octet/kernels/arch.hpp>
#include <octet/kernels/elementwise/elementwise.hpp>
#include <octet/kernels/pool/pool.hpp>
#include <octet/kernels/pool/reference.hpp>
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
    for (auto& x : v) x = seed == 3 ? std::uint8_t(255) : std::uint8_t(random() & 255);
    return v;
}

constexpr PoolSpec windowed(Shape in, Window w, bool ceil_mode = false, bool include_pad = false, int divisor = 0) {
    const Pair out = w.output(in, ceil_mode);
    return {{in, 1}, {{out.h, out.w, in.c}, 2}, w, ceil_mode, false, include_pad, divisor};
}
constexpr PoolSpec adaptive(Shape in, Pair out) {
    return {.input = {in, 1}, .output = {{out.h, out.w, in.c}, 0}, .adaptive = true};
}

template <PoolSpec S>
void check_max_pool() {
    for (unsigned seed = 0; seed < 4; ++seed) {
        const auto in = random_bytes(S.input.extent(), seed);
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

template <PoolSpec S, class E>
void check_average() {
    for (unsigned seed = 0; seed < 6; ++seed)
        for (const QParams p : {QParams{0.1f, 0}, QParams{0.037f, 64}, QParams{1.7f, 127}, QParams{0.003f, 255}}) {
            const auto in = random_bytes(S.input.extent(), seed);
            std::vector<std::uint8_t> out(S.output.extent(), 1), expected(out);
            reference::average_pool<E>(S, in.data(), p, expected.data());
            average_pool<S, E, V>(in.data(), p, out.data(), S.output.shape.h / 2, S.output.shape.h);
            average_pool<S, E, V>(in.data(), p, out.data(), 0, S.output.shape.h / 2);
            CHECK(out == expected);
        }
}
template <PoolSpec S>
void check_average() {
    check_average<S, Aten>();
    check_average<S, QnnpackElementwise>();
}
}  // namespace

TEST_CASE("max pools: windows, strides, padding that never wins, windows beyond the image") {
    check_max_pool<windowed({9, 9, 64}, {3, 2, 1})>();
    check_max_pool<windowed({7, 5, 3}, {3, 1, 1})>();
    check_max_pool<windowed({8, 8, 70}, {2, 2, 0})>();
    check_max_pool<windowed({6, 7, 130}, {{3, 2}, {3, 2}, 0})>();
    check_max_pool<windowed({1, 1, 5}, {3, 2, 1})>();
    check_max_pool<windowed({8, 10, 17}, {3, 2, 0}, true)>();
    check_max_pool<windowed({9, 8, 5}, {{3, 5}, {3, 4}, {1, 2}}, true)>();
}

TEST_CASE("averages over windows") {
    check_average<windowed({8, 9, 30}, {3, 2, 1})>();
    check_average<windowed({8, 9, 30}, {3, 2, 1}, true, true)>();
    check_average<windowed({7, 8, 16}, {{3, 2}, {3, 3}, {1, 0}}, true, false)>();
    check_average<windowed({6, 5, 7}, {{2, 3}, 2, {1, 1, 0, 1}}, false, true)>();
    check_average<windowed({6, 6, 41}, {2, 2, 0}, false, true, 3)>();
    check_average<windowed({5, 5, 1}, {2, 2, 0}, true, false, 7)>();
}

TEST_CASE("averages over bins") {
    check_average<adaptive({7, 7, 512}, 1)>();
    check_average<adaptive({7, 9, 30}, {2, 3})>();  // uneven in one direction
    check_average<adaptive({6, 8, 17}, {3, 4})>();
    check_average<adaptive({3, 4, 35}, {5, 7})>();  // more bins than pixels
    check_average<adaptive({3, 5, 1}, 1)>();
    check_average<adaptive({56, 56, 17}, 1)>();
}

namespace {
// By torch.nn.functional on x[y][x] = (7 y y + 5 x x + 3 x y) mod 23, 6 rows of 5; results in thousandths, rounded.
constexpr Shape image{6, 5, 1};
std::vector<float> image_values(const Layout& l) {
    std::vector<float> v(l.extent());
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 5; ++x) v[std::size_t(l.at(y, x))] = float((7 * y * y + 5 * x * x + 3 * x * y) % 23);
    return v;
}
template <PoolSpec S>
std::vector<int> thousandths(bool most = false) {
    const auto in = image_values(S.input);
    std::vector<float> out(S.output.extent()), dense(S.output.shape.size());
    if (most)
        max_pool<S>(in.data(), out.data(), 0, S.output.shape.h);
    else
        average_pool<S>(in.data(), out.data(), 0, S.output.shape.h);
    gather(S.output, out.data(), dense.data());
    std::vector<int> rounded;
    for (const float x : dense) rounded.push_back(int(std::lround(x * 1000)));
    return rounded;
}
using Numbers = std::vector<int>;
}  // namespace

TEST_CASE("float averages are PyTorch's") {
    CHECK(thousandths<windowed(image, {3, 2, 1}, true, true)>() ==
          Numbers{3000, 9667, 6111, 7556, 14333, 11000, 9333, 13222, 9444, 4167, 6833, 4667});
    CHECK(thousandths<windowed(image, {3, 2, 1}, true, false)>() ==
          Numbers{6750, 14500, 13750, 11333, 14333, 16500, 14000, 13222, 14167, 12500, 13667, 14000});
    CHECK(thousandths<windowed(image, {{3, 2}, {2, 3}, 1}, false, true)>() ==
          Numbers{1167, 11167, 4833, 15000, 8500, 14333});
    CHECK(thousandths<windowed(image, {{2, 3}, {3, 2}, {1, 0}}, true, false, 5)>() ==
          Numbers{5000, 10600, 13800, 20000, 8600, 9200});
    CHECK(thousandths<windowed(image, {2, 2, 0}, true, true)>() ==
          Numbers{6750, 16750, 9000, 11500, 16250, 17500, 14750, 14250, 13000});
    CHECK(thousandths<adaptive(image, {4, 3})>() ==
          Numbers{6750, 14500, 13750, 10750, 15333, 15250, 14750, 13000, 14250, 14750, 13667, 11750});
    CHECK(thousandths<adaptive(image, {7, 2})>() ==
          Numbers{8333, 17667, 9500, 14167, 11167, 14167, 11500, 16667, 14333, 14000, 15833, 13833, 14333, 15333});
}

TEST_CASE("maxima are PyTorch's") {
    CHECK(thousandths<windowed(image, {3, 2, 1}, true)>(true) ==
          Numbers{15000, 22000, 22000, 17000, 22000, 22000, 20000, 20000, 20000, 14000, 18000, 16000});
    CHECK(thousandths<windowed(image, {{2, 3}, {3, 2}, 0}, true)>(true) == Numbers{20000, 22000, 20000, 20000});
}

TEST_CASE("int8 means are the real means, rounded") {
    constexpr PoolSpec s = windowed({4, 4, 15}, {3, 2, 1}, false, true);
    const QParams p{0.1f, 100};
    const auto in = random_bytes(s.input.extent(), 1);
    std::vector<std::uint8_t> out(s.output.extent());
    average_pool<s, Aten, V>(in.data(), p, out.data(), 0, s.output.shape.h);
    for (int c = 0; c < 15; ++c) {
        double sum = 0;  // output pixel (0, 0): four pixels of the image, five of the padding
        for (int y = 0; y < 2; ++y)
            for (int x = 0; x < 2; ++x) sum += in[std::size_t(s.input.at(y, x) + c)] - p.zero_point;
        CHECK(std::abs(out[std::size_t(s.output.at(0, 0) + c)] - p.zero_point - sum / 9) <= 0.5 + 1e-5);
    }
}

TEST_CASE("QNNPACK divides by the whole window, but where it has no kernel of its own as ATen") {
    using E = QnnpackElementwise;
    const QParams p{0.3f, 7};
    const float window = p.scale / (p.scale * 9.0f);
    CHECK(E::average_factor(p, {.divisor = 4, .window = 9}) == window);
    CHECK(E::average_factor(p, {.divisor = 9, .window = 9, .adaptive = true}) == window);
    CHECK(E::average_factor(p, {.divisor = 4, .window = 9, .ceil_mode = true}) == 0.25f);
    CHECK(E::average_factor(p, {.divisor = 6, .window = 6, .adaptive = true, .even = false}) == 1.0f / 6);
    CHECK(Aten::average_factor(p, {.divisor = 4, .window = 9}) == 0.25f);
}
