// The cases of the golden files data/golden/ops_*.txt: operations on random integers, whose results PyTorch's engines
// gave. A case is made from its number, here and in make_ops.py alike, so the files hold only CRCs of the results.
// Many cases have scales that are related to one another by powers of two: there results are ties, or beside them,
// and the roundings of the engines differ.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <octet/core/qparams.hpp>
#include <octet/core/shape.hpp>
#include <octet/io/crc32.hpp>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "recipe.hpp"

namespace golden {

using octet::Padding;
using octet::Pair;
using octet::QParams;
using octet::Shape;
using octet::Window;

// ---- Shapes: one table per operation; a group of cases names a shape by its index ----

struct ConvShape {
    Shape in;
    int out;  ///< channels
    Window window;
    Pair dilation{1};
    int groups = 1;
};

struct LinearShape {
    int in, out;
};

struct PoolShape {
    Shape in;
    Window window;
    bool ceil_mode = false;
    bool count_include_pad = true;  ///< of avg_pool only
    int divisor = 0;                ///< of avg_pool only; 0: none given
};

struct AdaptiveShape {
    Shape in;
    Pair out;
};

struct ClampShape {
    Shape in;
    float low, high;
};

struct CatShape {
    int h, w;
    int operands;
    std::array<int, 8> channels;
};

inline constexpr ConvShape conv_shapes[] = {
    {{11, 11, 3}, 29, {.kernel = 7, .stride = 2, .pad = 3}},
    {{8, 8, 16}, 33, {.kernel = 3, .pad = 1}},
    {{7, 6, 5}, 13, {.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}}},
    {{5, 5, 64}, 65, {.kernel = 1}},
    {{9, 9, 13}, 24, {.kernel = 1, .stride = 2}},
    {{9, 8, 8}, 12, {.kernel = 5, .pad = 2}},
    {{8, 7, 7}, 29, {.kernel = 3, .pad = 2}, 2},
    {{8, 8, 8}, 16, {.kernel = 3, .pad = 1}, 1, 2},
    {{6, 6, 15}, 10, {.kernel = {1, 3}, .pad = {0, 1}}, 1, 5},
    {{3, 3, 128}, 40, {.kernel = 3, .pad = 1}},
    {{9, 9, 40}, 40, {.kernel = 3, .stride = 2, .pad = 1}, 1, 40},
    {{7, 6, 24}, 24, {.kernel = 5, .pad = 2}, 1, 24},
    {{7, 7, 29}, 29, {.kernel = 3, .pad = {2, 1}}, {2, 1}, 29},
    {{4, 5, 104}, 104, {.kernel = 3, .pad = 1}, 1, 104},
    {{4, 4, 208}, 104, {.kernel = 3}, 1, 104},
};

inline constexpr LinearShape linear_shapes[] = {{64, 10}, {33, 17}, {512, 65}, {128, 100}, {256, 259}};

/// Of add, mul, relu, quantize and dequantize. The last, of add only, is larger than PyTorch's chunks for threads.
inline constexpr Shape flat_shapes[] = {{5, 5, 13}, {7, 7, 29}, {8, 8, 32}, {3, 3, 7}, {1, 1, 200}, {33, 31, 33}};

inline constexpr ClampShape clamp_shapes[] = {
    {{5, 5, 13}, 0.0f, 6.0f}, {{7, 7, 29}, -1.0f, 1.0f}, {{8, 8, 32}, 0.25f, 2.75f}, {{3, 3, 7}, -3.0f, -0.1f}};

inline constexpr PoolShape max_pool_shapes[] = {
    {{12, 12, 13}, {.kernel = 3, .stride = 2, .pad = 1}},
    {{9, 8, 33}, {.kernel = 2, .stride = 2}},
    {{10, 7, 5}, {.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}}},
    {{10, 9, 29}, {.kernel = 3, .stride = 2, .pad = 1}, true},
    {{7, 7, 65}, {.kernel = 2, .stride = 2}, true},
    {{6, 6, 64}, {.kernel = 3, .stride = 1, .pad = 1}},
};

inline constexpr PoolShape avg_pool_shapes[] = {
    {{8, 8, 16}, {.kernel = 2, .stride = 2}},
    {{9, 9, 33}, {.kernel = 3, .stride = 2, .pad = 1}},
    {{9, 9, 29}, {.kernel = 3, .stride = 2, .pad = 1}, false, false},
    {{10, 7, 13}, {.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}}},
    {{7, 7, 65}, {.kernel = 2, .stride = 2}, true},
    {{10, 9, 24}, {.kernel = 3, .stride = 2, .pad = 1}, true, false},
    {{10, 9, 24}, {.kernel = 3, .stride = 2, .pad = 1}, true, true},
    {{8, 8, 40}, {.kernel = 3, .stride = 1, .pad = 1}, false, true, 7},
    {{14, 13, 21}, {.kernel = {7, 6}, .stride = {3, 2}}},
};

inline constexpr AdaptiveShape adaptive_avg_pool_shapes[] = {
    {{7, 7, 33}, 1},   {{8, 6, 16}, {4, 3}}, {{7, 9, 29}, {3, 4}}, {{2, 2, 13}, 7},
    {{14, 14, 40}, 7}, {{6, 5, 65}, 1},      {{6, 10, 9}, {3, 2}}, {{13, 13, 24}, {2, 5}},
};

inline constexpr CatShape cat_shapes[] = {
    {4, 4, 2, {16, 16}},
    {5, 3, 3, {5, 13, 33}},
    {3, 3, 2, {64, 8}},
    {6, 6, 2, {1, 65}},
    {2, 3, 8, {29, 3, 8, 40, 7, 32, 12, 5}},
};

// ---- Groups: the lines of a file ----

/// What distinguishes groups of one operation and shape; in a file one letter each.
struct Flags {
    bool relu = false;         ///< r: a ReLU is fused (conv, linear, add, mul)
    bool bias = false;         ///< b (conv, linear)
    bool per_channel = false;  ///< c: one weight scale per output channel, else one for all (conv, linear)
    bool seven_bits = false;   ///< 7: no activation above 127 (conv)
    bool equal = false;        ///< e: all operands have one scale and zero point (cat)
    bool special = false;      ///< s: NaN, infinities and what does not fit are among the values (quantize)

    static constexpr Flags of(std::string_view letters) {
        const auto has = [&](char letter) { return letters.find(letter) != letters.npos; };
        return {has('r'), has('b'), has('c'), has('7'), has('e'), has('s')};
    }
};

/// Cases number `first` to `first + cases - 1` of an operation.
struct Group {
    std::string op;
    int shape = 0;  ///< index into the operation's table
    Flags flags;
    std::uint64_t first = 0;
    int cases = 0;
    std::size_t integers = 0;  ///< results of all cases together
    std::uint32_t crc = 0;     ///< of the results, one case behind the other
};

/// The groups of a file; none if it is not there or broken.
inline std::vector<Group> read_groups(const std::string& path) {
    std::ifstream file(path);
    std::vector<Group> groups;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream in(line);
        Group group;
        std::string letters;
        in >> group.op >> group.shape >> letters >> group.first >> group.cases >> group.integers >> std::hex >>
            group.crc;
        if (!in) return {};
        group.flags = Flags::of(letters);
        groups.push_back(group);
    }
    return groups;
}

/// The CRC of `values` behind what gave `before`.
template <class T>
std::uint32_t crc_of(std::span<const T> values, std::uint32_t before = 0) {
    return octet::crc32(std::as_bytes(values), before);
}

// ---- Random numbers ----

/// Streams of numbers of one case, 0 for those that shape it. Activations take `activations`, `activations + 1` ...,
/// one per operand.
enum Stream : std::uint64_t { activations = 1, weights = 16, weight_scales = 17, biases = 18 };

constexpr std::uint64_t begin_of(std::uint64_t stream) { return stream << 32; }

/// The few numbers that shape a case, in the order in which they are asked for.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : seed_(seed) {}

    /// 0 ... n - 1.
    int below(int n) { return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(n) >> 32); }
    /// [1, 2), every float32 there.
    float mantissa() { return 1.0f + static_cast<float>(next() >> 41) * 0x1p-23f; }
    /// 0 ... 255, and 0 more often than others.
    int zero_point() {
        const int z = below(288);
        return z < 256 ? z : 0;
    }

private:
    std::uint64_t next() { return recipe::word(seed_, next_++); }

    std::uint64_t seed_, next_ = 0;
};

/// Kinds of cases: below `related` every scale has a mantissa of its own, from there on they share one, and in kind
/// `powers_of_two` it is 1.
inline constexpr int related = 2, powers_of_two = 3, kinds = 4;

/// `count` integers: 0 ... 255 if `bits` is 8, else 2^bits values around the zero point.
inline std::vector<std::uint8_t> make_activations(std::uint64_t seed, int operand, std::size_t count, int zero_point,
                                                  int bits, int highest = 255) {
    auto all = recipe::bytes_of(seed, count, begin_of(activations + static_cast<std::uint64_t>(operand)));
    for (auto& q : all) {
        const int value = bits < 8 ? (q >> (8 - bits)) - (1 << (bits - 1)) + zero_point : highest < 255 ? q >> 1 : q;
        q = static_cast<std::uint8_t>(std::clamp(value, 0, highest));
    }
    return all;
}

// ---- Cases ----

/// conv and linear. Weights are OHWI.
struct WeightedCase {
    QParams in, out;
    std::vector<std::uint8_t> x;
    std::vector<std::int8_t> w;
    std::vector<float> w_scale;  ///< one, or one per output channel
    std::vector<float> bias;     ///< one per output channel, or none
};

/// `taps`: products in one result; `outs`: output channels.
inline WeightedCase weighted_case(std::size_t inputs, int taps, int outs, Flags flags, std::uint64_t seed) {
    Draw draw(seed);
    WeightedCase made;
    const int kind = draw.below(kinds);
    const bool small = kind >= related;  // few bits, so that sums are small and ties frequent
    const int highest = flags.seven_bits ? 127 : 255;
    made.in.zero_point = draw.zero_point() & highest;
    const int x_bits = small ? 2 + draw.below(4) : 8;
    const int w_bits = small ? 2 + draw.below(3) : 8;
    made.x = make_activations(seed, 0, inputs, made.in.zero_point, x_bits, highest);
    for (const std::uint8_t byte :
         recipe::bytes_of(seed, static_cast<std::size_t>(taps) * static_cast<std::size_t>(outs), begin_of(weights)))
        made.w.push_back(static_cast<std::int8_t>(static_cast<std::int8_t>(byte) >> (8 - w_bits)));

    // The results' standard deviation is about 2^(shift + 5) products of scales.
    const auto square = [](int bits) { return (std::int64_t{1} << (2 * bits)) / 12; };
    const std::int64_t off = made.in.zero_point - highest / 2;
    const std::int64_t x_square = small ? square(x_bits) : square(flags.seven_bits ? 7 : 8) + off * off;
    const auto variance = static_cast<std::uint64_t>(taps * x_square * square(w_bits));
    const int shift = std::max(1, (static_cast<int>(std::bit_width(variance)) - 1) / 2 - 6 + draw.below(3));

    const float x_mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    made.in.scale = std::ldexp(x_mantissa, -2 - draw.below(8));
    const float w_mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    const float w_scale = std::ldexp(w_mantissa, -4 - draw.below(7));
    for (int o = 0; o < (flags.per_channel ? outs : 1); ++o) {
        const std::uint64_t random = recipe::word(seed, begin_of(weight_scales) + static_cast<std::uint64_t>(o));
        const float factors[] = {1.0f, 0.5f, 0.75f, 0.625f};
        const float factor = !flags.per_channel ? 1.0f
                             : small            ? factors[random & 3]
                                                : 0.5f + static_cast<float>(random >> 40) * 0x1p-24f;
        made.w_scale.push_back(w_scale * factor);
    }
    const float unit = made.in.scale * w_scale;
    const float y_mantissa = small ? 1.0f : draw.mantissa();
    made.out.scale = std::ldexp(unit * y_mantissa, shift);
    made.out.zero_point = std::min(draw.zero_point(), flags.relu ? 254 : 255);

    const int steps = small ? draw.below(3) : 0;  // biases: any, whole or half multiples of a product's scale
    for (int o = 0; flags.bias && o < outs; ++o) {
        float multiple = recipe::bell(seed, begin_of(biases) + static_cast<std::uint64_t>(o));
        multiple = std::ldexp(multiple, shift + 4);
        if (steps > 0) multiple = std::nearbyint(multiple * static_cast<float>(steps)) / static_cast<float>(steps);
        const float scale = made.in.scale * made.w_scale[flags.per_channel ? static_cast<std::size_t>(o) : 0];
        made.bias.push_back(scale * multiple);
    }
    return made;
}

inline WeightedCase conv_case(const ConvShape& shape, Flags flags, std::uint64_t seed) {
    const int taps = shape.window.kernel.h * shape.window.kernel.w * (shape.in.c / shape.groups);
    return weighted_case(shape.in.size(), taps, shape.out, flags, seed);
}

inline WeightedCase linear_case(const LinearShape& shape, Flags flags, std::uint64_t seed) {
    return weighted_case(static_cast<std::size_t>(shape.in), shape.in, shape.out, flags, seed);
}

/// add and mul.
struct BinaryCase {
    QParams in[2], out;
    std::vector<std::uint8_t> x[2];
};

/// The scales of an addition: kind related has s_y = 2 s_a = 2 s_b every other time.
inline BinaryCase add_case(const Shape& shape, Flags flags, std::uint64_t seed) {
    Draw draw(seed);
    BinaryCase made;
    const int kind = draw.below(kinds);
    const int exponent = 3 + draw.below(8);
    const float mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    made.in[0].scale = std::ldexp(mantissa, -exponent);
    if (kind < related) {
        const float second = draw.mantissa();
        made.in[1].scale = std::ldexp(second, 1 - exponent - draw.below(3));
        const float result = draw.mantissa();
        made.out.scale = std::ldexp(result, 1 - exponent - draw.below(2));
    } else if (draw.below(2) == 0) {
        made.in[1].scale = made.in[0].scale;
        made.out.scale = 2.0f * made.in[0].scale;
    } else {
        const float factors[] = {1.0f, 0.5f, 2.0f, 0.75f};
        made.in[1].scale = made.in[0].scale * factors[draw.below(4)];
        made.out.scale = std::ldexp(mantissa, 2 - exponent - draw.below(3));
    }
    for (int i = 0; i < 2; ++i) made.in[i].zero_point = draw.zero_point();
    for (int i = 0; i < 2; ++i) made.x[i] = make_activations(seed, i, shape.size(), made.in[i].zero_point, 8);
    made.out.zero_point = std::min(draw.zero_point(), flags.relu ? 254 : 255);
    return made;
}

inline BinaryCase mul_case(const Shape& shape, Flags flags, std::uint64_t seed) {
    Draw draw(seed);
    BinaryCase made;
    const int kind = draw.below(kinds);
    int bits = 0;
    for (int i = 0; i < 2; ++i) {
        const int own = kind >= related ? 3 + draw.below(6) : 8;
        const float mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
        made.in[i].scale = std::ldexp(mantissa, -2 - draw.below(8));
        made.in[i].zero_point = draw.zero_point();
        made.x[i] = make_activations(seed, i, shape.size(), made.in[i].zero_point, own);
        bits += own;
    }
    const float mantissa = kind >= related ? 1.0f : draw.mantissa();
    const float unit = made.in[0].scale * made.in[1].scale;
    made.out.scale = std::ldexp(unit * mantissa, std::max(1, bits - 10 + draw.below(3)));
    made.out.zero_point = std::min(draw.zero_point(), flags.relu ? 254 : 255);
    return made;
}

/// relu, the pools, dequantize and clamp: the result has the input's scale and zero point.
struct UnaryCase {
    QParams in;
    std::vector<std::uint8_t> x;
};

inline UnaryCase unary_case(const Shape& shape, std::uint64_t seed) {
    Draw draw(seed);
    UnaryCase made;
    const int kind = draw.below(kinds);
    const float mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    made.in.scale = std::ldexp(mantissa, -draw.below(9));
    made.in.zero_point = draw.zero_point();
    made.x = make_activations(seed, 0, shape.size(), made.in.zero_point, kind >= related ? 4 + draw.below(4) : 8);
    return made;
}

/// As unary_case, but every other time the scale makes a tie of a bound.
inline UnaryCase clamp_case(const ClampShape& shape, std::uint64_t seed) {
    UnaryCase made = unary_case(shape.in, seed);
    Draw draw(~seed);
    if (draw.below(2) == 0) {
        const float bound = std::abs(shape.low != 0.0f && draw.below(2) == 0 ? shape.low : shape.high);
        made.in.scale = bound / (static_cast<float>(draw.below(64)) + 4.5f);
    }
    return made;
}

/// cat: the result has the first operand's scale and zero point.
struct CatCase {
    std::vector<QParams> in;
    std::vector<std::vector<std::uint8_t>> x;
};

inline CatCase cat_case(const CatShape& shape, Flags flags, std::uint64_t seed) {
    Draw draw(seed);
    CatCase made;
    const int kind = draw.below(kinds);
    const int exponent = 2 + draw.below(8);
    const float mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    for (int i = 0; i < shape.operands; ++i) {
        QParams own{std::ldexp(mantissa, -exponent), draw.zero_point()};
        if (i > 0) {
            const float other = kind >= related ? mantissa : draw.mantissa();
            own.scale = std::ldexp(other, 1 - exponent - draw.below(4));
            if (flags.equal) own = made.in[0];
        }
        const Shape operand{shape.h, shape.w, shape.channels[static_cast<std::size_t>(i)]};
        made.in.push_back(own);
        made.x.push_back(make_activations(seed, i, operand.size(), own.zero_point, 8));
    }
    return made;
}

struct QuantizeCase {
    QParams out;
    std::vector<float> x;
};

inline QuantizeCase quantize_case(const Shape& shape, Flags flags, std::uint64_t seed) {
    Draw draw(seed);
    QuantizeCase made;
    const int kind = draw.below(kinds);
    const float mantissa = kind == powers_of_two ? 1.0f : draw.mantissa();
    const float s = made.out.scale = std::ldexp(mantissa, -draw.below(9));
    made.out.zero_point = draw.zero_point();
    constexpr float inf = std::numeric_limits<float>::infinity();
    const float specials[] = {std::numeric_limits<float>::quiet_NaN(),
                              inf,
                              -inf,
                              3e9f,
                              -3e9f,
                              1e30f,
                              -1e30f,
                              0x1p-140f,
                              -0x1p-140f,
                              -0.0f,
                              0x1p31f * s,
                              -0x1p31f * s,
                              2147483520.0f * s,
                              0x1p23f * s,
                              0x1p62f * s,
                              -0x1p63f * s};
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::uint64_t random = recipe::word(seed, begin_of(activations) + i);
        const int choice = static_cast<int>(random & 7);
        const float unit = static_cast<float>(random >> 40) * 0x1p-24f;
        const float steps = unit * 512.0f - 256.0f;
        float x = steps * s;
        if (choice < 5) x = (std::floor(steps) + 0.5f) * s;  // a tie, or beside one once rounded
        if (choice == 3 || choice == 4)
            x = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) + (choice == 3 ? 1u : ~0u));
        if (flags.special && choice == 7) x = specials[random >> 8 & 15];
        made.x.push_back(x);
    }
    return made;
}

}  // namespace golden
