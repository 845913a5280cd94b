// What one node of a forward pass does in int8: u8 activations, s8 weights, int32 accumulators, the numerics policy in
// the epilogue.
#pragma once

#include "../core/utility.hpp"
#include "../graph/forms.hpp"
#include "../graph/memory_plan.hpp"
#include "../kernels/arch.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../kernels/pool/pool.hpp"
#include "../numerics/policy.hpp"
#include "convolution.hpp"
#include "executor.hpp"
#include "frame.hpp"

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

    /// What computes it.
    template <Executor E>
    static constexpr typename Step<E>::Function function() {
        if constexpr (has_weights(node.op)) {
            using Convolution = typename F::template Convolution<I>;
            return &convolve_int8<Convolution::spec, node.clamped, typename Convolution::Kernel,
                                  typename F::template LayerOf<I>, Elementwise, V, E>;
        } else {
            return &run<E>;
        }
    }

private:
    template <Executor E>
    static void run(const Frame& f, const ConvPlace&, E& executor) {
        const QParams q = F::qparams_of(f, node.result);
        std::uint8_t* y = value(f, I);
        const auto x = [&](int operand) { return value(f, node.inputs[operand]); };
        const auto scale = [&](int operand) { return F::qparams_of(f, F::graph[node.inputs[operand]].result); };
        const auto rows = [&](auto work) { executor.for_each(out.shape.h, work); };
        kernels::fill_gaps<out>(y, static_cast<std::uint8_t>(q.zero_point));

        if constexpr (node.op == Op::input) {
            constexpr Layout image{out.shape, 0};
            rows([&](int begin, int end) { kernels::quantize<image, out, Elementwise, V>(f.image, q, y, begin, end); });
        } else if constexpr (node.op == Op::quantize) {
            const float* real = F::template value<float>(f, node.inputs[0]);
            rows([&](int begin, int end) { kernels::quantize<in<0>, out, Elementwise, V>(real, q, y, begin, end); });
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

    static std::uint8_t* value(const Frame& f, int i) { return F::template value<std::uint8_t>(f, i); }
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
