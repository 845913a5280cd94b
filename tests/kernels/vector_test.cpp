// The vectors that kernels are written in do, lane by lane, what the scalar of the references does: every primitive,
// and every function of the numerics policies, on awkward numbers.
#include "catch.hpp"

#include <cstdint>
#include <limits>
#include <octet/kernels/arch.hpp>
#include <octet/numerics/fbgemm.hpp>
#include <octet/numerics/onednn.hpp>
#include <octet/numerics/onednn2.hpp>
#include <octet/numerics/qnnpack.hpp>
#include <random>
#include <vector>

using namespace octet;
using namespace octet::kernels;

namespace {
using V = arch::best::vector;
constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(),
                       most = std::numeric_limits<std::int32_t>::max();

// Every lane of f on `values`, and on pairs of values, against the scalar. Integers only: NaNs compare badly.
template <class T, class F>
void same_lanes(const std::vector<T>& values, F f) {
    int wrong = 0;
    for (std::size_t i = 0; i + std::size_t(V::lanes) <= values.size(); i += std::size_t(V::lanes)) {
        std::int32_t vector[V::lanes];
        V::store(vector, f.template operator()<V>(V::load(values.data() + i)));
        for (int lane = 0; lane < V::lanes; ++lane)
            wrong += vector[lane] != f.template operator()<Scalar>(values[i + std::size_t(lane)]) ? 1 : 0;
    }
    CHECK(wrong == 0);
}
template <class T, class F>
void same_pairs(const std::vector<T>& values, F f) {
    for (const T other : values)
        same_lanes(values, [&]<class W>(auto x) { return f.template operator()<W>(x, W::set(other)); });
}
// Of bytes: all 65,536 pairs.
template <class F>
int wrong_bytes(F f) {
    int wrong = 0;
    std::uint8_t a[V::lanes], b[V::lanes], found[V::lanes];
    for (int first = 0; first < 256; first += V::lanes)
        for (int other = 0; other < 256; ++other) {
            for (int i = 0; i < V::lanes; ++i) a[i] = std::uint8_t(first + i), b[i] = std::uint8_t(other + 7 * i);
            V::store_u8(found, f.template operator()<V>(V::load_u8(a), V::load_u8(b)));
            for (int i = 0; i < V::lanes; ++i)
                wrong += found[i] != f.template operator()<Scalar>(std::int32_t(a[i]), std::int32_t(b[i])) ? 1 : 0;
        }
    return wrong;
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
std::vector<std::int32_t> awkward_integers() {
    std::vector<std::int32_t> v{0,     1,      -1,    2,        -2,   255,      256,   -255,
                                32767, -32768, 65536, 16777217, most, most - 1, least, least + 1};
    std::mt19937 random(2);
    while (v.size() < 64) v.push_back(static_cast<std::int32_t>(random()) >> (random() & 31));
    return v;
}
}  // namespace

TEST_CASE("floats: rounding, fused multiply-add, conversion") {
    const auto values = awkward_floats();
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(x); });
    same_lanes(values,
               []<class W>(typename W::f32 x) { return W::round(W::fma(x, W::set(1.0000001f), W::set(-0.5f))); });
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(W::to_float(W::round(x))); });
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(W::min(x, W::set(70.5f))); });
    same_lanes(values, []<class W>(typename W::f32 x) { return W::round(W::max(x, W::set(-70.5f))); });
    same_lanes(values,
               []<class W>(typename W::f32 x) { return W::round(W::select_less(x, W::set(0.5f), W::set(7.0f), x)); });
}

TEST_CASE("integers: wrapping arithmetic, masks and shifts") {
    const auto values = awkward_integers();
    same_pairs(values, []<class W>(auto a, auto b) { return W::add(a, b); });
    same_pairs(values, []<class W>(auto a, auto b) { return W::mul(a, b); });
    same_pairs(values, []<class W>(auto a, auto b) { return W::bit_and(a, b); });
    same_pairs(values, []<class W>(auto a, auto b) { return W::min(a, b); });
    same_pairs(values, []<class W>(auto a, auto b) { return W::max(a, b); });
    same_lanes(values, []<class W>(auto a) { return W::negate(a); });
    for (int bits = 0; bits < 32; ++bits)
        same_lanes(values, [bits]<class W>(auto a) { return W::shift_right(a, bits); });
    CHECK(Scalar::mul(65537, 65537) == 131073);  // 2^32 + 131073
    CHECK(Scalar::negate(least) == least);
    CHECK(Scalar::shift_right(-1, 31) == -1);
    CHECK(Scalar::shift_right(-5, 1) == -3);
}

TEST_CASE("bytes widen with and without sign, and narrow") {
    for (int first = 0; first + V::lanes <= 256; first += V::lanes) {
        std::uint8_t bytes[V::lanes], back[V::lanes];
        std::int8_t with_sign[V::lanes];
        std::int32_t wide[V::lanes];
        for (int i = 0; i < V::lanes; ++i)
            bytes[i] = std::uint8_t(first + i), with_sign[i] = std::int8_t(first + i - 128);
        V::store(wide, V::load_u8(bytes));
        for (int i = 0; i < V::lanes; ++i) CHECK(wide[i] == first + i);
        V::store_u8(back, V::load_u8(bytes));
        CHECK(std::equal(bytes, bytes + V::lanes, back));
        V::store(wide, V::load_s8(with_sign));
        for (int i = 0; i < V::lanes; ++i) CHECK(wide[i] == first + i - 128);
    }
    for (int first = 0; first < 256; first += V::short_lanes) {
        std::uint8_t bytes[V::short_lanes];
        std::int8_t with_sign[V::short_lanes];
        std::int16_t wide[V::short_lanes];
        for (int i = 0; i < V::short_lanes; ++i)
            bytes[i] = std::uint8_t(first + i), with_sign[i] = std::int8_t(first + i - 128);
        V::store_short(wide, V::load_short_u8(bytes));
        for (int i = 0; i < V::short_lanes; ++i) CHECK(wide[i] == first + i);
        V::store_short(wide, V::load_short_s8(with_sign));
        for (int i = 0; i < V::short_lanes; ++i) CHECK(wide[i] == first + i - 128);
    }
}

namespace {
template <class Layer>
void check_layer(const std::vector<float>& values) {
    using Bias = decltype(Layer::Channel::bias);
    for (const std::int32_t z : {0, 17, 255})
        for (const numerics::ByteRange range : {numerics::ByteRange{0, 255}, {z, 255}, {60, 131}}) {
            const bool per_channel = z != 17;
            const auto y = Layer::output({{0.02f, 3}, {0.37f, z}, 0.01f, per_channel}, range);
            same_lanes(values, [&]<class W>(typename W::f32 x) {
                return Layer::template requantize<W>(W::round(x), W::set(Bias(3.25f)), W::set(0.0371f), y);
            });
            // Half and quarter steps: ties, which policies round differently.
            same_lanes(values, [&]<class W>(typename W::f32 x) {
                return Layer::template requantize<W>(W::round(x), W::set(Bias(0)), W::set(0.25f), y);
            });
            for (const std::int32_t acc : {least, -1, 0, 1, most})
                for (const float multiplier : {1e-6f, 0.5f, 1e6f}) {
                    const std::int32_t q = Layer::template requantize<Scalar>(acc, Bias(0), multiplier, y);
                    CHECK((q >= range.low && q <= range.high));
                }
        }
}

template <class E>
void check_elementwise() {
    const auto values = awkward_floats();
    for (const QParams p : {QParams{0.37f, 101}, QParams{1e-30f, 0}, QParams{1e9f, 255}})
        same_lanes(values, [&]<class W>(typename W::f32 x) {
            return E::template quantize<W>(x, 1.0f / p.scale, p.zero_point);
        });
    const QParams a{0.05f, 128}, b{0.05f, 7}, tie{0.1f, 31}, fine{0.0123f, 255}, coarse{3.7f, 0}, tiny{1e-6f, 3};
    const QParams triples[][3] = {{a, b, tie},          {a, fine, b}, {coarse, a, tie},
                                  {fine, fine, coarse}, {a, b, tiny}, {tiny, a, b}};
    for (const auto& triple : triples) {
        const QParams p = triple[0], q = triple[1], y = triple[2];
        const auto sum = E::addition(p, q, y);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) { return E::template add<W, false>(m, n, sum); }) == 0);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) { return E::template add<W, true>(m, n, sum); }) == 0);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) { return E::template add_tail<W, true>(m, n, sum); }) == 0);
        const auto product = E::multiplication(p, q, y);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) { return E::template mul<W, false>(m, n, product); }) == 0);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) { return E::template mul<W, true>(m, n, product); }) == 0);
        CHECK(wrong_bytes([&]<class W>(auto m, auto n) {
                  return E::template quantize<W>(E::template dequantize<W>(W::add(m, n), p), 1.0f / y.scale,
                                                 y.zero_point);
              }) == 0);
    }
    for (const float factor : {1.0f / 49, 0.5f, 0.25f})
        same_lanes(awkward_integers(), [&]<class W>(auto sum) { return E::template average<W>(sum, factor, 77); });
}
}  // namespace

TEST_CASE("every policy's layers") {
    const auto values = awkward_floats();
    check_layer<numerics::FbgemmLayer>(values);
    check_layer<numerics::OnednnLayer<false>>(values);
    check_layer<numerics::OnednnLayer<true>>(values);
    check_layer<numerics::Onednn2Layer>(values);
    check_layer<numerics::QnnpackLayer>(values);
}

TEST_CASE("every policy's elementwise operations, on all pairs of bytes") {
    check_elementwise<numerics::Aten>();
    check_elementwise<numerics::Aten113>();
    check_elementwise<numerics::QnnpackElementwise>();
}

TEST_CASE("QNNPACK's addition rounds half away from zero, in exact integers") {
    using E = numerics::QnnpackElementwise;
    const QParams sets[][3] = {{{0.5f, 10}, {0.25f, 200}, {1.0f, 100}},  // halves and quarters: ties
                               {{0.5f, 0}, {0.5f, 0}, {1.0f, 0}},         {{1.0f, 255}, {0.5f, 255}, {2.0f, 255}},
                               {{0.0123f, 3}, {0.4f, 77}, {0.031f, 128}}, {{1e-6f, 0}, {0.004f, 9}, {1.0f, 5}},
                               {{200.0f, 128}, {1.0f, 0}, {1.0f, 128}}};
    int wrong = 0, ties = 0;
    for (const auto& set : sets) {
        const QParams a = set[0], b = set[1], y = set[2];
        const auto c = E::addition(a, b, y);
        for (int p = 0; p < 256; ++p)
            for (int q = 0; q < 256; ++q) {
                const double sum =
                    (double(c.a_multiplier) * (p - a.zero_point) + double(c.b_multiplier) * (q - b.zero_point)) /
                    double(std::uint32_t{1} << c.shift);
                const double rounded = std::round(sum);  // half away from zero
                ties += std::abs(sum - std::trunc(sum)) == 0.5 ? 1 : 0;
                const auto clamped = [&](int low) {
                    return int(std::clamp(rounded + y.zero_point, double(low), 255.0));
                };
                wrong += E::add<Scalar, false>(p, q, c) != clamped(0) ? 1 : 0;
                wrong += E::add<Scalar, true>(p, q, c) != clamped(y.zero_point) ? 1 : 0;
            }
    }
    CHECK(wrong == 0);
    CHECK(ties > 10000);
}
