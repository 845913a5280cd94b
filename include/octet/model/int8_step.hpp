// What one node of a forward pass does in int8: u8 activations, s8 weights, int32 accumulators, the numerics policy in
// the epilogue.
#pragma once

#include <algorithm>

#include "../core/utility.hpp"
#include "../graph/forms.hpp"
#include "../graph/memory_plan.hpp"
#include "../kernels/arch.hpp"
#include "../kernels/conv2d/conv2d.hpp"
#include "../kernels/conv2d/epilogue.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../kernels/pool/pool.hpp"
#include "../numerics/policy.hpp"
#include "executor.hpp"
#include "frame.hpp"
#include "run_units.hpp"

namespace octet {

/// Node I of `F`, a Forward.
template <class F, int I>
struct Int8Step {
    using V = typename F::V;
    using Elementwise = typename F::numerics::elementwise;
    static constexpr const Node& node = F::graph[I];
    static constexpr Layout out = F::plan.layout[I];
    template <int Operand>
    static constexpr Layout in = F::plan.layout[std::size_t(node.inputs[Operand])];

    template <Executor E>
    static void run(const Frame& f, E& executor) {
        const QParams q = F::qparams_of(f, node.result);
        std::uint8_t* y = value(f, I);
        const auto x = [&](int operand) { return value(f, node.inputs[operand]); };
        const auto scale = [&](int operand) { return F::qparams_of(f, F::graph[node.inputs[operand]].result); };
        const auto rows = [&](auto work) { executor.for_each(out.shape.h, work); };
        for (int n = 0; n < (F::template together<I>() ? f.images : 1); ++n)
            kernels::fill_gaps<out>(y + std::size_t(n) * F::plan.stride[I], static_cast<std::uint8_t>(q.zero_point));

        if constexpr (node.op == Op::input) {
            constexpr Layout image{out.shape, 0};
            rows([&](int begin, int end) { kernels::quantize<image, out, Elementwise, V>(f.image, q, y, begin, end); });
        } else if constexpr (node.op == Op::quantize) {
            const float* real = F::template value<float>(f, node.inputs[0]);
            rows([&](int begin, int end) { kernels::quantize<in<0>, out, Elementwise, V>(real, q, y, begin, end); });
        } else if constexpr (has_weights(node.op)) {
            convolve(f, executor);
        } else if constexpr (node.op == Op::max_pool) {
            constexpr auto pool = kernels::pool_spec(F::graph, F::plan, I);
            rows([&](int begin, int end) { kernels::max_pool<pool>(x(0), y, begin, end); });
        } else if constexpr (node.op == Op::avg_pool || node.op == Op::adaptive_avg_pool) {
            constexpr auto pool = kernels::pool_spec(F::graph, F::plan, I);
            rows([&](int begin, int end) { kernels::average_pool<pool, Elementwise, V>(x(0), q, y, begin, end); });
        } else if constexpr (node.op == Op::add) {
            const auto addition = Elementwise::addition(scale(0), scale(1), q);
            rows([&](int begin, int end) {
                kernels::add<in<0>, in<1>, out, Elementwise, node.relu, V>(x(0), x(1), addition, y, begin, end);
            });
        } else if constexpr (node.op == Op::mul) {
            const auto multiplication = Elementwise::multiplication(scale(0), scale(1), q);
            rows([&](int begin, int end) {
                kernels::mul<in<0>, in<1>, out, Elementwise, node.relu, V>(x(0), x(1), multiplication, y, begin, end);
            });
        } else if constexpr (node.op == Op::relu || node.op == Op::clamp) {
            const auto low =
                static_cast<std::uint8_t>(node.op == Op::relu ? q.zero_point : Elementwise::bound(node.low, q));
            const auto high = static_cast<std::uint8_t>(node.op == Op::relu ? 255 : Elementwise::bound(node.high, q));
            rows([&](int begin, int end) { kernels::clamp<in<0>, out>(x(0), low, high, y, begin, end); });
        } else if constexpr (node.op == Op::cat) {
            [&]<int... Operand>(std::integer_sequence<int, Operand...>) {
                int first = 0;
                ((join<Operand>(x(Operand), scale(Operand), q, first, y, executor), first += in<Operand>.shape.c), ...);
            }
            (std::make_integer_sequence<int, node.inputs.count>{});
        } else {
            static_assert(node.op == Op::flatten);
            kernels::flatten<in<0>, out>(x(0), y);
        }
    }

private:
    static std::uint8_t* value(const Frame& f, int i) { return F::template value<std::uint8_t>(f, i); }
    template <Executor E>
    static void convolve(const Frame& f, E& executor) {
        using Convolution = typename F::template Convolution<I>;
        constexpr auto layer = F::parameters.layer[std::size_t(node.layer)];
        using Kernel = typename Convolution::Kernel;
        using Layer = typename F::template LayerOf<I>;
        using Epilogue = kernels::QuantizedEpilogue<Convolution::spec, Layer, Elementwise, V>;
        Epilogue epilogue{};
        epilogue.output = value(f, I);
        epilogue.zero_terms = F::template parameter<std::int32_t>(f, layer.zero_terms);
        epilogue.bias = F::template parameter<typename Epilogue::Bias>(f, layer.channel_bias);
        epilogue.multiplier = F::template parameter<float>(f, layer.multiplier);
        epilogue.padded = layer.layout.padded_channels();
        epilogue.range = *F::template parameter<typename Layer::Output>(f, layer.output);
        const QParams own = F::qparams_of(f, node.layer);
        if constexpr (node.clamped) {  // not part of the parameters: layer by layer the clamp is a step of its own
            numerics::ByteRange& range = epilogue.range.range;
            range = {std::max(range.low, Elementwise::bound(node.low, own)), Elementwise::bound(node.high, own)};
        }
        if constexpr (node.residual) {
            // The convolution is rounded to its own scale, then added.
            const QParams other = F::qparams_of(f, F::graph[node.inputs[1]].result);
            epilogue.residual = value(f, node.inputs[1]);
            epilogue.addition = Elementwise::addition(own, other, F::qparams_of(f, node.result));
        }
        const std::uint8_t* x = value(f, node.inputs[0]);
        const auto* weights = F::template parameter<typename Kernel::Weight>(f, layer.weights);
        run_units<Kernel>(executor, x, weights, epilogue, f.arena + F::plan.scratch[I], f.images);
    }

    // One operand of a cat. Nearly always it has the result's scale already, since their observer is shared.
    template <int Operand, Executor E>
    static void join(const std::uint8_t* x, QParams from, QParams to, int first, std::uint8_t* y, E& executor) {
        const auto joined = [&](auto map) {
            executor.for_each(out.shape.h, [&](int begin, int end) {
                kernels::join<in<Operand>, out>(x, first, y, begin, end, map);
            });
        };
        if (from == to) return joined([](std::uint8_t q, int) { return q; });
        const auto body = kernels::join_table<Elementwise>(from, to, false);
        const auto tail = kernels::join_table<Elementwise>(from, to, true);
        constexpr int whole = Elementwise::join_body(in<Operand>.shape.c);
        joined([&](std::uint8_t q, int channel) { return channel < whole ? body[q] : tail[q]; });
    }
};

}  // namespace octet
