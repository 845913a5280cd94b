// Contract 1 for one convolution: the kernel that the compiler chose for a spec against the reference, byte by byte.
#pragma once

#include <algorithm>
#include <octet/core/block.hpp>
#include <octet/kernels/arch.hpp>
#include <octet/kernels/conv2d/conv2d.hpp>
#include <octet/kernels/conv2d/epilogue.hpp>
#include <octet/kernels/conv2d/reference.hpp>
#include <octet/numerics/fbgemm.hpp>
#include <octet/numerics/onednn.hpp>
#include <octet/numerics/onednn2.hpp>
#include <octet/numerics/qnnpack.hpp>
#include <random>
#include <vector>

#include "catch.hpp"

namespace test {

using namespace octet;
using namespace octet::kernels;

using Arch = arch::best;
using Dot = Arch::int8_dot;
using V = Arch::vector;

/// The arithmetic of a layer with weights and of the addition behind it.
template <class L, class E>
struct Arithmetic {
    using Layer = L;
    using Elementwise = E;
};
using Fbgemm = Arithmetic<numerics::FbgemmLayer, numerics::Aten>;
using Onednn = Arithmetic<numerics::OnednnLayer<false>, numerics::Aten>;
using OnednnLinear = Arithmetic<numerics::OnednnLayer<true>, numerics::Aten>;
using Onednn2 = Arithmetic<numerics::Onednn2Layer, numerics::Aten>;
using Qnnpack = Arithmetic<numerics::QnnpackLayer, numerics::QnnpackElementwise>;

/// A spec whose input has the gap that its window needs and `more` besides, as if another layer needed it.
constexpr ConvSpec conv(Shape in, int out, Window w, ConvEpilogue e = {}, int groups = 1, int more = 0) {
    const Pair size = w.output(in);
    ConvSpec s;
    s.input = {in, gap_for(w, in.w, size.w) + more};
    s.output = {{size.h, size.w, out}, 1};
    s.residual = e.residual ? Layout{{size.h, size.w, out}, 2} : Layout{};
    s.window = w;
    s.groups = groups;
    s.epilogue = e;
    return s;
}
constexpr ConvSpec depthwise(Shape in, Window w, ConvEpilogue e = {}, int more = 0) {
    return conv(in, in.c, w, e, in.c, more);
}
inline constexpr ConvEpilogue none{}, relu{.relu = true}, clamp{.clamp = true}, plus{.residual = true},
    plus_relu{.residual = true, .residual_relu = true}, relu_plus{.relu = true, .residual = true},
    clamp_plus{.clamp = true, .residual = true};

/// Elements that begin `offset` behind their allocation, with `guard` canaries on both sides.
template <class T>
class Buffer {
public:
    Buffer(std::size_t size, std::size_t offset, T fill, std::size_t guard = 0)
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
    static constexpr T canary = T(0x5a);
    std::vector<T> all_;
    std::size_t begin_, size_;
};

/// What a kernel gets besides its spec.
template <class A>
struct Operands {
    const std::uint8_t* input;
    const std::byte* weights;  ///< packed
    const std::uint8_t* residual;
    const std::int32_t* zero_terms;
    const decltype(A::Layer::Channel::bias)* bias;
    const float* multiplier;
    typename A::Layer::Output range;
    typename A::Elementwise::Addition addition;
};
template <class A>
using Run = void (*)(const Operands<A>&, std::uint8_t* output, int begin, int end);

/// Units [begin, end) of the kernel for `S`. The only part of the check that is compiled for each spec.
template <ConvSpec S, class A, class Kernel>
void run_kernel(const Operands<A>& o, std::uint8_t* output, int begin, int end) {
    using Of = QuantizedEpilogueOf<S, typename A::Layer, typename A::Elementwise, V>;
    const typename Of::type epilogue{.places = Of::places,
                                     .output = output,
                                     .residual = o.residual,
                                     .zero_terms = o.zero_terms,
                                     .bias = o.bias,
                                     .multiplier = o.multiplier,
                                     .padded = Kernel::layout.padded_channels(),
                                     .range = o.range,
                                     .addition = o.addition};
    Block scratch(Kernel::scratch_bytes);
    std::memset(scratch.data(), 0xa5, scratch.size());
    Kernel::run(o.input, reinterpret_cast<const typename Kernel::Weight*>(o.weights), TileEpilogue(epilogue), begin,
                end, scratch.data());
}

/// `edge`: extreme activations, and weights whose sums lie on either side of what Winograd can recover.
enum class Values { random, extreme, edge };

/// What check() must know of a kernel.
template <class A>
struct KernelUnderTest {
    WeightLayout layout;
    Int8Packing packing;
    std::size_t weight_bytes;
    int input_offset;
    int units;
    Run<A> run;
};

/// Filters with as many weights of 127 as keep 255 * their sum below 2^25, of that sum, just above it, and far above;
/// of either sign; the rest near zero. All inputs of one or the other make their sums as large as they can be.
inline void sum_to_the_edge(std::vector<std::int8_t>& weights, int channels) {
    constexpr int limit = (1 << 25) / 255;  // 131,586: the largest sum that is still recovered
    const std::size_t size = weights.size() / std::size_t(channels);
    for (int o = 0; o < channels; ++o) {
        const int sums[] = {limit - 1, limit, limit + 1, limit + 2, 2 * limit, limit / 2};
        int left = sums[o % 6];
        const int sign = o / 6 % 2 == 0 ? 1 : -1;
        for (std::size_t i = 0; i < size; ++i) {
            const int w = std::min(left, 127);
            left -= w;
            weights[std::size_t(o) * size + i] = std::int8_t(sign * w);
        }
    }
}

template <class A>
void check(const ConvSpec& s, const KernelUnderTest<A>& kernel, Values values, std::size_t offset,
           std::int32_t zero_point, unsigned seed) {
    const WeightLayout& layout = kernel.layout;
    using Layer = typename A::Layer;
    INFO("input " << s.input.shape.h << "x" << s.input.shape.w << "x" << s.input.shape.c << " out " << s.channels()
                  << " groups " << s.groups << " kernel " << s.window.kernel.h << "x" << s.window.kernel.w << " stride "
                  << s.window.stride.h << "x" << s.window.stride.w << " dilation " << s.window.dilation.h << "x"
                  << s.window.dilation.w << " offset " << offset << " zero point " << zero_point << " seed " << seed);
    const int rows = s.window.kernel.h, elements = s.row_elements(), channels = s.channels();
    std::mt19937 random(seed);
    const auto byte = [&] { return values != Values::random ? (random() & 1 ? 255 : 0) : int(random() & 255); };

    // Kernels may read 64 bytes beyond the last pixel, which may hold anything.
    Buffer<std::uint8_t> input(s.input.extent() + 64, offset, std::uint8_t(zero_point));
    Buffer<std::uint8_t> residual(s.residual.extent() + 64, offset, 0);
    Buffer<std::uint8_t> output(s.output.extent(), offset, 0x11, 128), expected(s.output.extent(), offset, 0x11);
    for (std::size_t i = s.input.extent(); i < input.size(); ++i) input.data()[i] = std::uint8_t(byte());
    for (int y = 0; y < s.input.shape.h; ++y)
        for (int i = 0; i < s.input.shape.w * s.input.shape.c; ++i)
            input.data()[s.input.at(y, 0) + i] = std::uint8_t(values == Values::edge ? 255 : byte());
    for (std::size_t i = 0; i < residual.size(); ++i) residual.data()[i] = std::uint8_t(byte());

    std::vector<std::int8_t> weights(std::size_t(channels * rows * elements));
    std::vector<std::byte> packed(kernel.weight_bytes + 4 * offset);
    std::byte* const packed_at = packed.data() + 4 * offset;
    for (auto& w : weights)
        w = std::int8_t(values == Values::extreme ? (random() & 1 ? 127 : -128) : int(random() & 255) - 128);
    if (values == Values::edge) sum_to_the_edge(weights, channels);
    kernel.packing.pack(layout, weights.data(), packed_at);
    std::vector<std::int8_t> unpacked(weights.size());
    kernel.packing.unpack(layout, packed_at, unpacked.data());
    REQUIRE(unpacked == weights);

    const QParams x{0.02f, zero_point}, own{0.4f, 51}, other{0.11f, 3}, sum{0.5f, 20};
    const auto padded = std::size_t(layout.padded_channels());
    std::vector<std::int32_t> zero_terms(layout.zero_terms());
    std::vector<decltype(Layer::Channel::bias)> bias(padded);
    std::vector<float> multiplier(padded);
    std::vector<typename Layer::Channel> constants;
    numerics::LayerQuantization quantization{x, own, 0.002f, seed % 2 == 0};
    for (int o = 0; o < channels; ++o) {
        const auto at = std::size_t(layout.padded(o));
        for (int r = 0; r < layout.rows * layout.runs; ++r) {
            std::int32_t total = 0;
            for (int e = 0; e < layout.run_elements; ++e)
                total += weights[std::size_t((o * layout.rows * layout.runs + r) * layout.run_elements + e)];
            zero_terms[std::size_t(r) * padded + at] = (kernel.input_offset - zero_point) * total;
        }
        if (quantization.per_channel) quantization.weight_scale = 0.0005f * float(1 + random() % 9);
        constants.push_back(Layer::channel(quantization, float(int(random() % 2000) - 1000) * 0.01f));
        bias[at] = constants.back().bias;
        multiplier[at] = constants.back().multiplier;
    }
    std::vector<std::int32_t> sums(zero_terms.size());
    sum_runs(layout, weights.data(), kernel.input_offset - zero_point, sums.data());
    CHECK(sums == zero_terms);
    numerics::ByteRange range{s.epilogue.relu ? own.zero_point : 0, 255};
    if (s.epilogue.clamp) range = {60, 131};
    const Operands<A> operands{input.data(),
                               packed_at,
                               residual.data(),
                               zero_terms.data(),
                               bias.data(),
                               multiplier.data(),
                               Layer::output(quantization, range),
                               A::Elementwise::addition(own, other, sum)};
    reference::conv2d<Layer, typename A::Elementwise>(s, input.data(), zero_point, weights.data(), constants.data(),
                                                      operands.range, residual.data(), operands.addition,
                                                      expected.data());
    // In three uneven ranges, last first: units may run in any order.
    const int units = kernel.units;
    kernel.run(operands, output.data(), units / 2, units);
    kernel.run(operands, output.data(), 0, units / 3);
    kernel.run(operands, output.data(), units / 3, units / 2);

    CHECK(std::equal(output.data(), output.data() + output.size(), expected.data()));
    CHECK(output.intact());
}

/// `Kernel` at every alignment and zero point, with every kind of values.
template <ConvSpec S, class A, class Kernel>
void sweep_kernel(std::initializer_list<Values> kinds) {
    const KernelUnderTest<A> kernel{Kernel::layout,       Kernel::packing, Kernel::weight_bytes,
                                    Kernel::input_offset, Kernel::units,   run_kernel<S, A, Kernel>};
    unsigned seed = 1;
    for (const std::size_t offset : {0u, 1u, 3u})
        for (const std::int32_t zero_point : {0, 77, 255})
            for (const Values values : kinds) check<A>(S, kernel, values, offset, zero_point, seed++);
}
/// The kernel that the compiler chose.
template <ConvSpec S, class A, class Policy = fastest>
void sweep(std::initializer_list<Values> kinds = {Values::random, Values::extreme}) {
    sweep_kernel<S, A, Conv2dKernel<S, Arch, Dot, Policy>>(kinds);
}

}  // namespace test
