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
#include "step.hpp"

namespace octet {

/// A step without weights, all but cat. `Elementwise`: the arithmetic that its integers have, where it reads some.
template <StepSpec S, class Elementwise, class V, Executor E>
void run_float_step(const Frame& f, const StepPlace& at, E& executor) {
    auto* y = at.output.in<float>(f);
    const auto* x = at.input.in<const float>(f);
    const auto rows = [&](auto work) { executor.for_each(S.output.shape.h, work); };
    kernels::fill_gaps<S.output>(y, 0.0f);

    if constexpr (S.op == Op::input) {
        rows([&](int begin, int end) { kernels::place<S.output>(f.image, y, begin, end); });
    } else if constexpr (S.op == Op::max_pool) {
        rows([&](int begin, int end) { kernels::max_pool<S.pool>(x, y, begin, end); });
    } else if constexpr (S.op == Op::avg_pool || S.op == Op::adaptive_avg_pool) {
        rows([&](int begin, int end) { kernels::average_pool<S.pool>(x, y, begin, end); });
    } else if constexpr (S.op == Op::add || S.op == Op::mul) {
        const auto* second = at.second.in<const float>(f);
        const auto combine = [](auto a, auto b) {
            if constexpr (S.op == Op::add)
                return decltype(a)(a + b);
            else
                return decltype(a)(a * b);
        };
        rows([&](int begin, int end) {
            kernels::combine<S.input, S.second, S.output, S.relu, V>(x, second, y, begin, end, combine);
        });
    } else if constexpr (S.op == Op::relu || S.op == Op::clamp) {
        const float low = S.op == Op::relu ? 0.0f : at.low;
        const float high = S.op == Op::relu ? std::numeric_limits<float>::infinity() : at.high;
        rows([&](int begin, int end) { kernels::clamp<S.input, S.output>(x, low, high, y, begin, end); });
    } else if constexpr (S.op == Op::dequantize) {
        const QParams p = f.qparams[at.input.observer];
        const auto* q = at.input.in<const std::uint8_t>(f);
        rows([&](int begin, int end) { kernels::dequantize<S.input, S.output, Elementwise, V>(q, p, y, begin, end); });
    } else {
        static_assert(S.op == Op::flatten);
        kernels::flatten<S.input, S.output>(x, y);
    }
}

/// Node I of `F`, a Forward.
template <class F, int I>
struct FloatStep {
    using V = typename F::V;
    static constexpr const Node& node = F::graph[I];

    /// What computes it.
    template <Executor E>
    static constexpr typename Step<E>::Function function() {
        if constexpr (has_weights(node.op)) {
            using Convolution = typename F::template Convolution<I>;
            return &convolve_float<Convolution::spec, typename Convolution::Kernel, V, E>;
        } else if constexpr (node.op == Op::cat) {
            return &join_all<E>;
        } else {
            constexpr StepSpec spec = step_spec(F::graph, F::plan, I);
            if constexpr (node.op == Op::dequantize)
                return &run_float_step<spec, typename F::numerics::elementwise, V, E>;
            else
                return &run_float_step<spec, void, V, E>;
        }
    }

private:
    static constexpr Layout out = F::plan.layout[I];
    template <int Operand>
    static constexpr Layout in = F::plan.layout[std::size_t(node.inputs[Operand])];

    // A cat: any number of operands.
    template <Executor E>
    static void join_all(const Frame& f, const StepPlace& at, E& executor) {
        auto* y = at.output.in<float>(f);
        kernels::fill_gaps<out>(y, 0.0f);
        [&]<int... Operand>(std::integer_sequence<int, Operand...>) {
            int first = 0;
            ((join<Operand>(f, y, first, executor), first += in<Operand>.shape.c), ...);
        }
        (std::make_integer_sequence<int, node.inputs.count>{});
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
