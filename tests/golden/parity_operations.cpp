// Each operation under each policy on the cases of ops_cases.hpp, through the kernels of this architecture.
#include <octet/core/block.hpp>
#include <octet/kernels/arch.hpp>
#include <octet/kernels/conv2d/conv2d.hpp>
#include <octet/kernels/conv2d/epilogue.hpp>
#include <octet/kernels/elementwise/elementwise.hpp>
#include <octet/kernels/pool/pool.hpp>
#include <octet/numerics/onednn2.hpp>
#include <octet/numerics/qnnpack.hpp>
#include <octet/numerics/x86.hpp>
#include <stdexcept>
#include <utility>

#include "ops_cases.hpp"
#include "parity.hpp"

namespace {

using namespace octet;
using golden::Group;
using Bytes = std::vector<std::uint8_t>;
using Arch = arch::best;
using V = Arch::vector;

constexpr Layout flat(Shape s) { return {s, 0}; }

// A value in a layout with gaps, as kernels read it: `padding` in the gaps, and some bytes behind that may be read.
template <Layout L>
Bytes spread(const Bytes& x, int padding) {
    Bytes all(L.extent() + 64, std::uint8_t(padding));
    const std::size_t row = std::size_t(L.shape.w * L.shape.c);
    for (int y = 0; y < L.shape.h; ++y)
        std::copy_n(x.begin() + std::ptrdiff_t(std::size_t(y) * row), row, all.begin() + L.at(y, 0));
    return all;
}

// A convolution or linear layer.
template <kernels::ConvSpec S, class Layer>
Bytes weighted(const golden::WeightedCase& c, bool relu) {
    using Of = kernels::QuantizedEpilogueOf<S, Layer, numerics::Aten, V>;
    using Epilogue = typename Of::type;
    using Kernel = kernels::Conv2dKernel<S, Arch, typename Arch::int8_dot>;
    constexpr kernels::WeightLayout w = Kernel::layout;
    std::vector<typename Kernel::Weight> packed(Kernel::weight_bytes / sizeof(typename Kernel::Weight));
    Block scratch(Kernel::scratch_bytes);
    Kernel::packing.pack(w, c.w.data(), reinterpret_cast<std::byte*>(packed.data()));
    const auto padded = std::size_t(w.padded_channels());
    std::vector<std::int32_t> zero_terms(w.zero_terms());
    std::vector<typename Epilogue::Bias> bias(padded);
    std::vector<float> multiplier(padded);
    const bool per_channel = c.w_scale.size() > 1;
    numerics::LayerQuantization quantization{c.in, c.out, c.w_scale[0], per_channel};
    for (int o = 0; o < w.channels; ++o) {
        if (per_channel) quantization.weight_scale = c.w_scale[std::size_t(o)];
        const auto constants = Layer::channel(quantization, c.bias.empty() ? 0.0f : c.bias[std::size_t(o)]);
        bias[std::size_t(w.padded(o))] = constants.bias;
        multiplier[std::size_t(w.padded(o))] = constants.multiplier;
    }
    kernels::sum_runs(w, c.w.data(), Kernel::input_offset - c.in.zero_point, zero_terms.data());
    const Bytes x = spread<S.input>(c.x, c.in.zero_point);
    Bytes y(S.output.extent());
    Epilogue epilogue{};
    epilogue.places = Of::places;
    epilogue.output = y.data();
    epilogue.zero_terms = zero_terms.data();
    epilogue.bias = bias.data();
    epilogue.multiplier = multiplier.data();
    epilogue.padded = int(padded);
    epilogue.range = Layer::output(quantization, {relu ? c.out.zero_point : 0, 255});
    Kernel::run(x.data(), packed.data(), kernels::TileEpilogue(epilogue), 0, Kernel::units, scratch.data());
    return y;
}

template <std::size_t I>
constexpr kernels::ConvSpec conv_spec = [] {
    constexpr golden::ConvShape shape = golden::conv_shapes[I];
    kernels::ConvSpec s;
    s.window = shape.window;
    s.window.dilation = shape.dilation;
    s.groups = shape.groups;
    const Pair out = s.window.output(shape.in);
    s.input = {shape.in, gap_for(s.window, shape.in.w, out.w)};
    s.output = flat({out.h, out.w, shape.out});
    return s;
}();
template <std::size_t I>
constexpr kernels::ConvSpec linear_spec = [] {
    kernels::ConvSpec s;
    s.input = flat({1, 1, golden::linear_shapes[I].in});
    s.output = flat({1, 1, golden::linear_shapes[I].out});
    return s;
}();
template <golden::PoolShape P, Pair Adaptive = Pair{0}>
constexpr kernels::PoolSpec pool_spec = [] {
    kernels::PoolSpec s;
    s.adaptive = Adaptive.h > 0;
    const Pair out = s.adaptive ? Adaptive : P.window.output(P.in, P.ceil_mode);
    s.input = {P.in, 1};
    s.output = flat({out.h, out.w, P.in.c});
    s.window = P.window;
    s.ceil_mode = P.ceil_mode;
    s.include_pad = P.count_include_pad;
    s.divisor = P.divisor;
    return s;
}();

template <std::size_t I>
constexpr kernels::PoolSpec adaptive_spec =
    pool_spec<golden::PoolShape{golden::adaptive_avg_pool_shapes[I].in, Window{}},
              golden::adaptive_avg_pool_shapes[I].out>;

template <class Elementwise, golden::CatShape C, int Operand, class T>
void join(const golden::CatCase& c, int first, T* out) {
    if constexpr (Operand < C.operands) {
        constexpr int channels = C.channels[Operand], all = [] {
            int sum = 0;
            for (int i = 0; i < C.operands; ++i) sum += C.channels[std::size_t(i)];
            return sum;
        }();
        constexpr Layout in = flat({C.h, C.w, channels}), y = flat({C.h, C.w, all});
        const auto body = kernels::join_table<Elementwise>(c.in[Operand], c.in[0], false);
        const auto tail = kernels::join_table<Elementwise>(c.in[Operand], c.in[0], true);
        const bool same = c.in[Operand] == c.in[0];
        kernels::join<in, y>(c.x[Operand].data(), first, out, 0, C.h, [&](std::uint8_t q, int channel) {
            return same ? q : channel < Elementwise::join_body(channels) ? body[q] : tail[q];
        });
        join<Elementwise, C, Operand + 1>(c, first + channels, out);
    }
}

// The result of case number `seed` of group `g`, whose shape is number I, as bytes.
template <class Policy, std::size_t I>
Bytes result(const Group& g, std::uint64_t seed) {
    using E = typename Policy::elementwise;
    const bool relu = g.flags.relu;
    if constexpr (I < std::size(golden::conv_shapes))
        if (g.op == "conv") {
            constexpr numerics::LayerKind kind{false, golden::conv_shapes[I].groups};
            return weighted<conv_spec<I>, typename Policy::template layer<kind>>(
                golden::conv_case(golden::conv_shapes[I], g.flags, seed), relu);
        }
    if constexpr (I < std::size(golden::linear_shapes))
        if (g.op == "linear")
            return weighted<linear_spec<I>, typename Policy::template layer<numerics::LayerKind{true, 1}>>(
                golden::linear_case(golden::linear_shapes[I], g.flags, seed), relu);
    if constexpr (I < std::size(golden::flat_shapes)) {
        constexpr Layout l = flat(golden::flat_shapes[I]);
        Bytes y(l.shape.size());
        if (g.op == "add") {
            const auto c = golden::add_case(l.shape, g.flags, seed);
            const auto run = relu ? kernels::add<l, l, l, E, true, V> : kernels::add<l, l, l, E, false, V>;
            run(c.x[0].data(), c.x[1].data(), E::addition(c.in[0], c.in[1], c.out), y.data(), 0, l.shape.h);
            return y;
        }
        if (g.op == "mul") {
            const auto c = golden::mul_case(l.shape, g.flags, seed);
            const auto run = relu ? kernels::mul<l, l, l, E, true, V> : kernels::mul<l, l, l, E, false, V>;
            run(c.x[0].data(), c.x[1].data(), E::multiplication(c.in[0], c.in[1], c.out), y.data(), 0, l.shape.h);
            return y;
        }
        if (g.op == "quantize") {
            const auto c = golden::quantize_case(l.shape, g.flags, seed);
            kernels::quantize<l, l, E, V>(c.x.data(), c.out, y.data(), 0, l.shape.h);
            return y;
        }
        if (g.op == "dequantize") {
            const auto c = golden::unary_case(l.shape, seed);
            Bytes floats(4 * l.shape.size());
            kernels::dequantize<l, l, E, V>(c.x.data(), c.in, reinterpret_cast<float*>(floats.data()), 0, l.shape.h);
            return floats;
        }
        if (g.op == "relu") {
            const auto c = golden::unary_case(l.shape, seed);
            kernels::clamp<l, l>(c.x.data(), std::uint8_t(c.in.zero_point), std::uint8_t(255), y.data(), 0, l.shape.h);
            return y;
        }
    }
    if constexpr (I < std::size(golden::clamp_shapes))
        if (g.op == "clamp") {
            constexpr golden::ClampShape shape = golden::clamp_shapes[I];
            constexpr Layout l = flat(shape.in);
            const auto c = golden::clamp_case(shape, seed);
            const auto bound = [&](float x) { return std::uint8_t(E::bound(x, c.in)); };
            Bytes y(l.shape.size());
            kernels::clamp<l, l>(c.x.data(), bound(shape.low), bound(shape.high), y.data(), 0, l.shape.h);
            return y;
        }
    const auto pool = [&]<kernels::PoolSpec S>(auto run) {
        const auto c = golden::unary_case(S.input.shape, seed);
        const Bytes x = spread<S.input>(c.x, c.in.zero_point);
        Bytes y(S.output.extent());
        run(x.data(), c.in, y.data(), S.output.shape.h);
        return y;
    };
    // (The specs are named again inside the lambdas, since clang 14 does not let them use a local constant.)
    if constexpr (I < std::size(golden::max_pool_shapes))
        if (g.op == "max_pool")
            return pool.template operator()<pool_spec<golden::max_pool_shapes[I]>>(
                [](const std::uint8_t* x, QParams, std::uint8_t* y, int rows) {
                    kernels::max_pool<pool_spec<golden::max_pool_shapes[I]>>(x, y, 0, rows);
                });
    if constexpr (I < std::size(golden::avg_pool_shapes))
        if (g.op == "avg_pool")
            return pool.template operator()<pool_spec<golden::avg_pool_shapes[I]>>(
                [](const std::uint8_t* x, QParams p, std::uint8_t* y, int rows) {
                    kernels::average_pool<pool_spec<golden::avg_pool_shapes[I]>, E, V>(x, p, y, 0, rows);
                });
    if constexpr (I < std::size(golden::adaptive_avg_pool_shapes))
        if (g.op == "adaptive_avg_pool")
            return pool.template operator()<adaptive_spec<I>>(
                [](const std::uint8_t* x, QParams p, std::uint8_t* y, int rows) {
                    kernels::average_pool<adaptive_spec<I>, E, V>(x, p, y, 0, rows);
                });
    if constexpr (I < std::size(golden::cat_shapes))
        if (g.op == "cat") {
            constexpr golden::CatShape shape = golden::cat_shapes[I];
            const auto c = golden::cat_case(shape, g.flags, seed);
            std::size_t size = 0;
            for (const auto& x : c.x) size += x.size();
            Bytes y(size);
            join<E, shape, 0>(c, 0, y.data());
            return y;
        }
    throw std::runtime_error("no shape " + std::to_string(I) + " of operation " + g.op);
}

template <class Policy>
void compare_policy(parity::Parity& parity) {
    const std::string name = Policy::name;
    const auto groups = golden::read_groups(OCTET_TEST_DATA "/golden/ops_" + name + ".txt");
    if (groups.empty()) throw std::runtime_error("no golden file ops_" + name + ".txt");
    constexpr std::size_t shapes = std::size(golden::conv_shapes);  // the longest table
    for (const Group& g : groups) {
        std::uint32_t crc = 0;
        std::size_t integers = 0;
        for (std::uint64_t seed = g.first; seed < g.first + std::uint64_t(g.cases); ++seed) {
            Bytes y;
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (void)((g.shape == int(I) && (y = result<Policy, I>(g, seed), true)) || ...);
            }
            (std::make_index_sequence<shapes>{});
            crc = golden::crc_of(std::span<const std::uint8_t>(y), crc);
            integers += g.op == "dequantize" ? y.size() / 4 : y.size();
        }
        const bool same = crc == g.crc && integers == g.integers;
        if (!same) std::printf("differs: %s %s %d, cases from %d\n", Policy::name, g.op.c_str(), g.shape, int(g.first));
        parity.add(name, g.op + (g.flags.relu ? "_relu" : ""), integers, same);
    }
}

}  // namespace

void parity::compare_operations(Parity& parity) {
    compare_policy<numerics::Fbgemm>(parity);
    compare_policy<numerics::Onednn>(parity);
    compare_policy<numerics::Onednn2>(parity);
    compare_policy<numerics::Qnnpack>(parity);
    compare_policy<numerics::X86>(parity);
}
