// The int8 forward pass, one step per node: u8 activations, s8 weights, int32 accumulators, the numerics
// policy in the epilogue. No allocation, no branch that depends on data, nothing outside the arena.
#pragma once

#include <cstddef>

#include "../core/utility.hpp"
#include "../graph/forms.hpp"
#include "../graph/memory_plan.hpp"
#include "../kernels/arch.hpp"
#include "../kernels/conv2d/direct.hpp"
#include "../kernels/conv2d/epilogue.hpp"
#include "../kernels/elementwise/elementwise.hpp"
#include "../kernels/pool/pool.hpp"

namespace octet {

/// What a step works on. The image is contiguous HWC float; `qparams` is by observer.
struct Int8Frame {
    const float* image;
    std::byte* arena;
    const std::byte* parameters;
    const QParams* qparams;
};

/// Steps of an int8 network. `Form` is Fused<Net> or Lowered<Net>; both read the same parameters and give the
/// same integers.
template <class Form, class Placed, class Numerics, class Arch>
struct Int8Forward {
    static constexpr const Graph& graph = Form::graph;
    static constexpr MemoryPlan plan = plan_memory(graph, 1);
    using Element = std::uint8_t;
    using Dot = typename Arch::int8_dot;
    using V = typename Arch::vector;

    template <int I>
    static constexpr kernels::ConvSpec spec = kernels::conv_spec(graph, plan, I);
    template <int I>
    static constexpr kernels::WeightLayout weight_layout = kernels::weight_layout<spec<I>, Dot>;

    /// Where the parameters of one layer lie in the parameter block.
    struct Layer {
        kernels::WeightLayout layout{};
        std::size_t weights = 0;       ///< s8, packed
        std::size_t weight_scale = 0;  ///< f32 [channels]
        std::size_t bias = 0;          ///< f32 [channels]
        std::size_t zero_terms = 0;    ///< s32 [window rows][padded channels]: -z_x * sum of weights
        std::size_t channel_bias = 0;  ///< f32 [padded channels], Numerics::Channel::bias
        std::size_t multiplier = 0;    ///< f32 [padded channels], Numerics::Channel::multiplier
    };
    /// By fused layer.
    struct Parameters {
        std::array<Layer, Graph::max_nodes> layer{};
        std::size_t bytes = 0;
    };
    static constexpr Parameters parameters = []<int... I>(std::integer_sequence<int, I...>) {
        Parameters p;
        const auto take = [&p](std::size_t bytes) {
            const std::size_t offset = p.bytes;
            p.bytes += aligned(bytes);
            return offset;
        };
        const auto place = [&]<int J>() {
            if constexpr (has_weights(graph[J].op)) {
                constexpr kernels::WeightLayout w = weight_layout<J>;
                const auto channels = std::size_t(w.channels), padded = std::size_t(w.padded_channels());
                Layer& layer = p.layer[std::size_t(Form::layer_of(J))];
                layer.layout = w;
                layer.weights = take(w.size());
                layer.weight_scale = take(4 * channels);
                layer.bias = take(4 * channels);
                layer.zero_terms = take(4 * padded * std::size_t(w.rows));
                layer.channel_bias = take(4 * padded);
                layer.multiplier = take(4 * padded);
            }
        };
        (place.template operator()<I>(), ...);
        return p;
    }
    (std::make_integer_sequence<int, graph.count>{});

    using Frame = Int8Frame;

    static std::uint8_t* value(const Frame& f, int i) {
        return reinterpret_cast<std::uint8_t*>(f.arena + plan.offset[std::size_t(i)]);
    }
    /// Scale and zero point of node i's result.
    static QParams qparams(const Frame& f, int i) {
        return f.qparams[Placed::placement.observer[std::size_t(Form::result_of(i))]];
    }

    /// Runs node I.
    template <int I, class Executor>
    static void step(const Frame& f, Executor& executor) {
        constexpr Op op = graph[I].op;
        constexpr int a = graph[I].inputs[0], b = graph[I].inputs[1];
        constexpr Layout out = plan.layout[I];
        const QParams q = qparams(f, I);
        std::uint8_t* y = value(f, I);
        kernels::fill_gaps<out>(y, static_cast<std::uint8_t>(q.zero_point));
        if constexpr (op == Op::input) {
            executor.for_each(out.shape.h, [&](int begin, int end) {
                kernels::quantize<out, Numerics, V>(f.image, q, y, begin, end);
            });
        } else {
            constexpr Layout in = plan.layout[std::size_t(a)];
            const std::uint8_t* x = value(f, a);
            if constexpr (has_weights(op)) {
                convolve<I>(f, x, y, executor);
            } else if constexpr (op == Op::max_pool) {
                constexpr kernels::PoolSpec pool{in, out, graph[I].window};
                executor.for_each(out.shape.h, [&](int begin, int end) { kernels::max_pool<pool>(x, y, begin, end); });
            } else if constexpr (op == Op::global_avg_pool) {
                kernels::global_avg_pool<in, out, Numerics, V>(x, q.zero_point, y);
            } else if constexpr (op == Op::add) {
                constexpr Layout second = plan.layout[std::size_t(b)];
                const auto addition = Numerics::addition(qparams(f, a), qparams(f, b), q);
                executor.for_each(out.shape.h, [&](int begin, int end) {
                    kernels::add<in, second, out, Numerics, graph[I].relu, V>(x, value(f, b), addition, y, begin, end);
                });
            } else if constexpr (op == Op::relu) {
                const auto zero = static_cast<std::uint8_t>(q.zero_point);
                executor.for_each(out.shape.h,
                                  [&](int begin, int end) { kernels::relu<in, out>(x, zero, y, begin, end); });
            } else {
                static_assert(op == Op::flatten);
                kernels::flatten<in, out>(x, y);
            }
        }
    }

private:
    template <int I, class Executor>
    static void convolve(const Frame& f, const std::uint8_t* x, std::uint8_t* y, Executor& executor) {
        constexpr kernels::ConvSpec s = spec<I>;
        constexpr Layer layer = parameters.layer[std::size_t(Form::layer_of(I))];
        constexpr int residual = graph[I].inputs[1];
        // The convolution is rounded to its own scale, then added; without a residual both are the same.
        const QParams own = f.qparams[Placed::placement.observer[std::size_t(Form::layer_of(I))]];
        kernels::QuantizedEpilogue<s, Numerics, V> epilogue{};
        epilogue.output = y;
        epilogue.zero_terms = reinterpret_cast<const std::int32_t*>(f.parameters + layer.zero_terms);
        epilogue.bias = reinterpret_cast<const float*>(f.parameters + layer.channel_bias);
        epilogue.multiplier = reinterpret_cast<const float*>(f.parameters + layer.multiplier);
        epilogue.range = Numerics::output(own, s.epilogue.relu);
        if constexpr (residual >= 0) {
            epilogue.residual = value(f, residual);
            epilogue.addition = Numerics::addition(own, qparams(f, residual), qparams(f, I));
        }
        const auto* weights = reinterpret_cast<const std::int8_t*>(f.parameters + layer.weights);
        executor.for_each(kernels::conv2d_units<s, Dot>, [&](int begin, int end) {
            kernels::direct_conv2d<s, Dot>(x, weights, epilogue, begin, end);
        });
    }
};

}  // namespace octet
