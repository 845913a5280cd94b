// What one node of a forward pass does in float32. Calibration observes it, and it is the yardstick that int8 is
// measured against, so it uses the same tiles: batch norms folded, ReLUs and residuals in the epilogue. Also float
// islands inside int8 networks.
#pragma once

#include <limits>

#include "../core/utility.hpp"
#include "../graph/forms.hpp"
#include "../graph/memory_plan.hpp"
#include "../kernels/arch.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../kernels/pool/pool.hpp"
#include "convolution.hpp"
#include "executor.hpp"
#include "frame.hpp"

namespace octet {

/// Node I of `F`, a Forward.
template <class F, int I>
struct FloatStep {
    using V = typename F::V;
    static constexpr const Node& node = F::graph[I];
    static constexpr Layout out = F::plan.layout[I];
    template <int Operand>
    static constexpr Layout in = F::plan.layout[std::size_t(node.inputs[Operand])];

    /// What computes it.
    template <Executor E>
    static constexpr typename Step<E>::Function function() {
        if constexpr (has_weights(node.op)) {
            using Convolution = typename F::template Convolution<I>;
            return &convolve_float<Convolution::spec, typename Convolution::Kernel, V, E>;
        } else {
            return &run<E>;
        }
    }

private:
    template <Executor E>
    static void run(const Frame& f, const ConvPlace&, E& executor) {
        float* y = F::template value<float>(f, I);
        const auto x = [&](int operand) { return F::template value<float>(f, node.inputs[operand]); };
        const auto rows = [&](auto work) { executor.for_each(out.shape.h, work); };
        kernels::fill_gaps<out>(y, 0.0f);

        if constexpr (node.op == Op::input) {
            rows([&](int begin, int end) { kernels::place<out>(f.image, y, begin, end); });
        } else if constexpr (node.op == Op::max_pool) {
            constexpr auto pool = kernels::pool_spec(F::graph, F::plan, I);
            rows([&](int begin, int end) { kernels::max_pool<pool>(x(0), y, begin, end); });
        } else if constexpr (node.op == Op::avg_pool || node.op == Op::adaptive_avg_pool) {
            constexpr auto pool = kernels::pool_spec(F::graph, F::plan, I);
            rows([&](int begin, int end) { kernels::average_pool<pool>(x(0), y, begin, end); });
        } else if constexpr (node.op == Op::add || node.op == Op::mul) {
            const auto combine = [](auto a, auto b) {
                if constexpr (node.op == Op::add)
                    return decltype(a)(a + b);
                else
                    return decltype(a)(a * b);
            };
            rows([&](int begin, int end) {
                kernels::combine<in<0>, in<1>, out, node.relu, V>(x(0), x(1), y, begin, end, combine);
            });
        } else if constexpr (node.op == Op::relu || node.op == Op::clamp) {
            constexpr bool relu = node.op == Op::relu;
            constexpr float low = relu ? 0.0f : node.low;
            constexpr float high = relu ? std::numeric_limits<float>::infinity() : node.high;
            rows([&](int begin, int end) { kernels::clamp<in<0>, out>(x(0), low, high, y, begin, end); });
        } else if constexpr (node.op == Op::cat) {
            [&]<int... Operand>(std::integer_sequence<int, Operand...>) {
                int first = 0;
                ((join<Operand>(f, y, first, executor), first += in<Operand>.shape.c), ...);
            }
            (std::make_integer_sequence<int, node.inputs.count>{});
        } else if constexpr (node.op == Op::dequantize) {
            const QParams p = F::qparams_of(f, node.result);
            const auto* q = F::template value<std::uint8_t>(f, node.inputs[0]);
            rows([&](int begin, int end) {
                kernels::dequantize<in<0>, out, typename F::numerics::elementwise, V>(q, p, y, begin, end);
            });
        } else {
            static_assert(node.op == Op::flatten);
            kernels::flatten<in<0>, out>(x(0), y);
        }
    }

    template <int Operand, Executor E>
    static void join(const Frame& f, float* y, int first, E& executor) {
        const float* x = F::template value<float>(f, node.inputs[Operand]);
        executor.for_each(out.shape.h, [&](int begin, int end) {
            kernels::join<in<Operand>, out>(x, first, y, begin, end, [](float v, int) { return v; });
        });
    }
};

}  // namespace octet
