// Contract 1: every convolution kernel gives its reference's bytes, for every shape, tail, alignment and
// extreme value. Built once per architecture.
#include "catch.hpp"

#include <cstring>
#include <octet/kernels/arch.hpp>
#include <octet/kernels/conv2d/direct.hpp>
#include <octet/kernels/conv2d/epilogue.hpp>
#include <octet/kernels/conv2d/reference.hpp>
#include <octet/numerics/fbgemm.hpp>
#include <random>
#include <vector>

using namespace octet;
using namespace octet::kernels;

namespace {

using Arch = arch::best;
using Dot = Arch::int8_dot;
using V = Arch::vector;
using Policy = numerics::Fbgemm;

constexpr ConvSpec conv(Shape in, int out, Window w, ConvEpilogue e = {}) {
    const Pair size = w.output(in);
    ConvSpec s;
    s.input = {in, gap_for(w, in.w, size.w)};
    s.output = {{size.h, size.w, out}, 1};
    s.residual = e.residual ? Layout{{size.h, size.w, out}, 2} : Layout{};
    s.window = w;
    s.epilogue = e;
    return s;
}

enum class Values { random, extreme };

// A buffer that starts `offset` bytes off its alignment and has canaries around it.
template <class T>
class Buffer {
public:
    Buffer(std::size_t size, std::size_t offset, T fill)
        : all_(size + 2 * guard + offset, canary), begin_(guard + offset), size_(size) {
        std::fill_n(data(), size, fill);
    }
    T* data() { return all_.data() + begin_; }
    std::size_t size() const { return size_; }
    bool intact() const {
        const auto is = [](T x) { return x == canary; };
        return std::all_of(all_.begin(), all_.begin() + std::ptrdiff_t(begin_), is) &&
               std::all_of(all_.begin() + std::ptrdiff_t(begin_ + size_), all_.end(), is);
    }

private:
    static constexpr std::size_t guard = 128;
    static constexpr T canary = T(0x5a);
    std::vector<T> all_;
    std::size_t begin_, size_;
};

template <ConvSpec S>
void check(Values values, std::size_t offset, std::int32_t zero_point, unsigned seed) {
    INFO("input " << S.input.shape.h << "x" << S.input.shape.w << "x" << S.input.shape.c << " out " << S.channels()
                  << " kernel " << S.window.kernel.h << "x" << S.window.kernel.w << " stride " << S.window.stride.h
                  << "x" << S.window.stride.w << " offset " << offset << " zero point " << zero_point << " seed "
                  << seed);
    constexpr WeightLayout layout = weight_layout<S, Dot>;
    constexpr int rows = S.window.kernel.h, elements = S.row_elements(), channels = S.channels();
    std::mt19937 random(seed);
    const auto byte = [&] { return values == Values::extreme ? (random() & 1 ? 255 : 0) : int(random() & 255); };

    Buffer<std::uint8_t> input(S.input.extent() + 64, offset, std::uint8_t(zero_point));
    Buffer<std::uint8_t> residual(S.residual.extent() + 64, offset, 0);
    Buffer<std::uint8_t> output(S.output.extent(), offset, 0x11), expected(S.output.extent(), offset, 0x11);
    // Over-read bytes after the last pixel may hold anything.
    for (std::size_t i = S.input.extent(); i < input.size(); ++i) input.data()[i] = std::uint8_t(byte());
    for (int y = 0; y < S.input.shape.h; ++y)
        for (int i = 0; i < S.input.shape.w * S.input.shape.c; ++i)
            input.data()[S.input.at(y, 0) + i] = std::uint8_t(byte());
    for (std::size_t i = 0; i < residual.size(); ++i) residual.data()[i] = std::uint8_t(byte());

    std::vector<std::int8_t> weights(std::size_t(channels * rows * elements)), packed(layout.size() + offset);
    for (auto& w : weights)
        w = std::int8_t(values == Values::extreme ? (random() & 1 ? 127 : -128) : int(random() & 255) - 128);
    pack_weights(layout, weights.data(), packed.data() + offset);
    std::vector<std::int8_t> unpacked(weights.size());
    unpack_weights(layout, packed.data() + offset, unpacked.data());
    REQUIRE(unpacked == weights);

    const QParams x{0.02f, zero_point}, own{0.4f, 50}, other{0.11f, 3}, sum{0.5f, 20};
    const auto padded = std::size_t(layout.padded_channels());
    std::vector<std::int32_t> zero_terms(padded * std::size_t(rows));
    std::vector<float> bias(padded), multiplier(padded);
    std::vector<Policy::Channel> constants;
    for (int o = 0; o < channels; ++o) {
        for (int r = 0; r < rows; ++r) {
            std::int32_t total = 0;
            for (int e = 0; e < elements; ++e) total += weights[std::size_t((o * rows + r) * elements + e)];
            zero_terms[std::size_t(r) * padded + std::size_t(o)] = -zero_point * total;
        }
        const float scale = 0.0005f * float(1 + random() % 9), b = float(int(random() % 2000) - 1000) * 0.01f;
        constants.push_back(Policy::channel(x, scale, b, own));
        bias[std::size_t(o)] = constants.back().bias;
        multiplier[std::size_t(o)] = constants.back().multiplier;
    }
    const auto range = Policy::output(own, S.epilogue.relu);
    const auto addition = Policy::addition(own, other, sum);
    reference::conv2d<Policy>(S, input.data(), zero_point, weights.data(), constants.data(), range, residual.data(),
                              addition, expected.data());

    QuantizedEpilogue<S, Policy, V> epilogue{};
    epilogue.output = output.data();
    epilogue.residual = residual.data();
    epilogue.zero_terms = zero_terms.data();
    epilogue.bias = bias.data();
    epilogue.multiplier = multiplier.data();
    epilogue.range = range;
    epilogue.addition = addition;
    // In three uneven ranges, last first: units may run in any order.
    constexpr int units = conv2d_units<S, Dot>;
    direct_conv2d<S, Dot>(input.data(), packed.data() + offset, epilogue, units / 2, units);
    direct_conv2d<S, Dot>(input.data(), packed.data() + offset, epilogue, 0, units / 3);
    direct_conv2d<S, Dot>(input.data(), packed.data() + offset, epilogue, units / 3, units / 2);

    int wrong = 0;
    for (std::size_t i = 0; i < output.size(); ++i) wrong += output.data()[i] != expected.data()[i] ? 1 : 0;
    CHECK(wrong == 0);
    CHECK(output.intact());
}

template <ConvSpec S>
void sweep() {
    unsigned seed = 1;
    for (const std::size_t offset : {0u, 1u, 3u})
        for (const std::int32_t zero_point : {0, 77, 255})
            for (const Values values : {Values::random, Values::extreme}) check<S>(values, offset, zero_point, seed++);
}

constexpr ConvEpilogue relu{true, false, false}, plus{false, true, false}, plus_relu{false, true, true},
    relu_plus{true, true, false};

}  // namespace

TEST_CASE("1x1 convolutions and linear layers") {
    sweep<conv({1, 1, 4}, 1, {})>();
    sweep<conv({1, 1, 512}, 102, {})>();
    sweep<conv({1, 1, 7}, 5, {})>();
    sweep<conv({1, 1, 33}, 65, {})>();
    sweep<conv({6, 5, 3}, 17, {}, relu)>();
    sweep<conv({9, 9, 8}, 32, {1, 2, 0})>();
    sweep<conv({8, 15, 20}, 48, {1, 1, 0}, plus)>();
}

TEST_CASE("3x3 convolutions at every edge and stride") {
    constexpr Window same{3, 1, 1};
    sweep<conv({1, 1, 3}, 5, same)>();
    sweep<conv({2, 2, 4}, 16, same)>();
    sweep<conv({7, 7, 16}, 64, same, plus_relu)>();
    sweep<conv({5, 13, 5}, 29, same, relu)>();
    sweep<conv({4, 29, 6}, 80, same, plus)>();
    sweep<conv({9, 10, 3}, 31, {3, 2, 1}, relu)>();
    sweep<conv({8, 11, 12}, 40, {3, {2, 3}, {1, 0, 0, 1}})>();
    sweep<conv({8, 8, 3}, 8, {3, 2, {0, 0, 1, 1}})>();
    sweep<conv({5, 5, 9}, 24, {3, 1, 2}, relu_plus)>();
    sweep<conv({6, 3, 5}, 11, {3, 4, 1})>();
}

TEST_CASE("odd kernels") {
    sweep<conv({12, 11, 3}, 20, {7, 2, 3}, relu)>();
    sweep<conv({10, 9, 13}, 29, {{5, 7}, 3, {2, 3, 2, 3}})>();
    sweep<conv({6, 12, 2}, 10, {{1, 5}, 1, {0, 2, 0, 2}}, plus_relu)>();
    sweep<conv({9, 4, 2}, 6, {{4, 1}, {2, 1}, {1, 0, 2, 0}})>();
    sweep<conv({4, 4, 1}, 3, {4, 1, 0})>();
    sweep<conv({3, 3, 2}, 4, {3, 1, 3})>();  // windows that miss the image in part or altogether
}

TEST_CASE("the tail of an addition that ATen computes without fma") {
    sweep<conv({3, 7, 4}, 3, {1, 1, 0}, plus)>();       // 63 elements: all tail
    sweep<conv({3, 7, 4}, 5, {1, 1, 0}, plus_relu)>();  // 105: 64 and 41
    sweep<conv({5, 5, 8}, 17, {1, 1, 0}, plus)>();      // 425: 384 and 41, within a vector
}

TEST_CASE("weight layouts are permutations with zeros between") {
    constexpr ConvSpec s = conv({9, 9, 3}, 37, {7, 2, 3});
    constexpr WeightLayout l = weight_layout<s, Dot>;
    std::vector<int> seen(l.size());
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements; ++e) ++seen.at(l.index(o, r, e));
    CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n <= 1; }));
    CHECK(std::count(seen.begin(), seen.end(), 1) == 37 * 7 * 21);
}

TEST_CASE("the float tile sums what the reference sums") {
    constexpr ConvSpec s = conv({9, 11, 5}, 21, {3, 2, 1}, {true, true, true});
    using FloatDot = Arch::float_dot;
    constexpr WeightLayout l = weight_layout<s, FloatDot>;
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    std::vector<float> in(s.input.extent() + 16), out(s.output.extent() + 16), res(s.residual.extent() + 16);
    std::vector<float> weights(std::size_t(21 * 3 * 15)), packed(l.size()), bias(std::size_t(l.padded_channels()));
    for (int y = 0; y < 9; ++y)
        for (int i = 0; i < 55; ++i) in[std::size_t(s.input.at(y, 0) + i)] = value(random);
    for (auto* v : {&res, &weights, &bias})
        for (float& x : *v) x = value(random);
    pack_weights(l, weights.data(), packed.data());
    const FloatEpilogue<s, V> epilogue{out.data(), res.data(), bias.data()};
    direct_conv2d<s, FloatDot>(in.data(), packed.data(), epilogue, 0, conv2d_units<s, FloatDot>);
    for (int y = 0; y < s.output.shape.h; ++y)
        for (int x = 0; x < s.output.shape.w; ++x)
            for (int o = 0; o < 21; ++o) {
                double sum = reference::conv2d_accumulate(s, in.data(), 0.0, weights.data(), y, x, o);
                sum = std::max(sum + double(bias[std::size_t(o)]), 0.0) +
                      double(res[std::size_t(s.residual.at(y, x) + o)]);
                CHECK(double(out[std::size_t(s.output.at(y, x) + o)]) == Approx(std::max(sum, 0.0)).margin(1e-5));
            }
}
