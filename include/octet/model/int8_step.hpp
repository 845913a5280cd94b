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
#include "step.hpp"

namespace octet {

/// A step without weights, all but cat.
template <StepSpec S, class Elementwise, class V, Executor E>
void run_int8_step(const Frame& f, const StepPlace& at, E& executor) {
    const QParams q = f.qparams[at.output.observer];
    auto* y = at.output.in<std::uint8_t>(f);
    const auto* x = at.input.in<const std::uint8_t>(f);
    const auto* second = at.second.in<const std::uint8_t>(f);
    const auto scale = [&](const StepPlace::Value& v) { return f.qparams[v.observer]; };
    const auto rows = [&](auto work) { executor.for_each(S.output.shape.h, work); };
    kernels::fill_gaps<S.output>(y, static_cast<std::uint8_t>(q.zero_point));

    if constexpr (S.op == Op::input) {
        constexpr Layout image{S.output.shape, 0};
        rows(
            [&](int begin, int end) { kernels::quantize<image, S.output, Elementwise, V>(f.image, q, y, begin, end); });
    } else if constexpr (S.op == Op::quantize) {
        const auto* real = at.input.in<const float>(f);
        rows([&](int begin, int end) { kernels::quantize<S.input, S.output, Elementwise, V>(real, q, y, begin, end); });
    } else if constexpr (S.op == Op::max_pool) {
        rows([&](int begin, int end) { kernels::max_pool<S.pool>(x, y, begin, end); });
    } else if constexpr (S.op == Op::avg_pool || S.op == Op::adaptive_avg_pool) {
        rows([&](int begin, int end) { kernels::average_pool<S.pool, Elementwise, V>(x, q, y, begin, end); });
    } else if constexpr (S.op == Op::add) {
        const auto addition = Elementwise::addition(scale(at.input), scale(at.second), q);
        rows([&](int begin, int end) {
            kernels::add<S.input, S.second, S.output, Elementwise, S.relu, V>(x, second, addition, y, begin, end);
        });
    } else if constexpr (S.op == Op::mul) {
        const auto multiplication = Elementwise::multiplication(scale(at.input), scale(at.second), q);
        rows([&](int begin, int end) {
            kernels::mul<S.input, S.second, S.output, Elementwise, S.relu, V>(x, second, multiplication, y, begin, end);
        });
    } else if constexpr (S.op == Op::relu || S.op == Op::clamp) {
        const auto low = static_cast<std::uint8_t>(S.op == Op::relu ? q.zero_point : Elementwise::bound(at.low, q));
        const auto high = static_cast<std::uint8_t>(S.op == Op::relu ? 255 : Elementwise::bound(at.high, q));
        rows([&](int begin, int end) { kernels::clamp<S.input, S.output>(x, low, high, y, begin, end); });
    } else {
        static_assert(S.op == Op::flatten);
        kernels::flatten<S.input, S.output>(x, y);
    }
}

/// Node I of `F`, a Forward.
template <class F, int I>
struct Int8Step {
    using V = typename F::V;
    using Elementwise = typename F::numerics::elementwise;
    static constexpr const Node& node = F::graph[I];

    /// What computes it.
    template <Executor E>
    static constexpr typename Step<E>::Function function() {
        if constexpr (has_weights(node.op)) {
            using Convolution = typename F::template Convolution<I>;
            return &convolve_int8<Convolution::spec, node.clamped, typename Convolution::Kernel,
                                  typename F::template LayerOf<I>, Elementwise, V, E>;
        } else if constexpr (node.op == Op::cat) {
            return &join_all<E>;
        } else {
            constexpr StepSpec spec = step_spec(F::graph, F::plan, I);
            return &run_int8_step<spec, Elementwise, V, E>;
        }
    }

private:
    static constexpr Layout out = F::plan.layout[I];
    template <int Operand>
    static constexpr Layout in = F::plan.layout[std::size_t(node.inputs[Operand])];

    // A cat: any number of operands.
    template <Executor E>
    static void join_all(const Frame& f, const StepPlace& at, E& executor) {
        const QParams q = f.qparams[at.output.observer];
        auto* y = at.output.in<std::uint8_t>(f);
        kernels::fill_gaps<out>(y, static_cast<std::uint8_t>(q.zero_point));
        [&]<int... Operand>(std::integer_sequence<int, Operand...>) {
            const auto x = [&](int i) { return F::template value<std::uint8_t>(f, node.inputs[i]); };
            const auto scale = [&](int i) { return F::qparams_of(f, F::graph[node.inputs[i]].result); };
            int first = 0;
            ((join<Operand>(x(Operand), scale(Operand), q, first, y, executor), first += in<Operand>.shape.c), ...);
        }
        (std::make_integer_sequence<int, node.inputs.count>{});
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
