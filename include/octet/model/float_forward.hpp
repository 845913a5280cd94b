// The float32 forward pass, one step per node. Calibration observes it, and it is the yardstick that int8
// is measured against, so it uses the same tiles: batch norms folded, ReLUs and residuals in the epilogue.
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

/// What a step works on. The image is contiguous HWC.
struct FloatFrame {
    const float* image;
    std::byte* arena;
    const std::byte* parameters;
};

/// Steps of a float network. `Form` is Fused<Net> or Lowered<Net>; both read the same parameters.
template <class Form, class Arch>
struct FloatForward {
    static constexpr const Graph& graph = Form::graph;
    static constexpr MemoryPlan plan = plan_memory(graph, sizeof(float));
    using Element = float;
    using Dot = typename Arch::float_dot;
    using V = typename Arch::vector;

    /// Where the parameters of one layer lie in the parameter block, in bytes.
    struct Layer {
        kernels::WeightLayout layout{};
        std::size_t weights = 0, bias = 0;
    };
    /// By fused layer.
    struct Parameters {
        std::array<Layer, Graph::max_nodes> layer{};
        std::size_t bytes = 0;
    };
    template <int I>
    static constexpr kernels::ConvSpec spec = kernels::conv_spec(graph, plan, I);
    template <int I>
    static constexpr kernels::WeightLayout weight_layout = kernels::weight_layout<spec<I>, Dot>;

    static constexpr Parameters parameters = []<int... I>(std::integer_sequence<int, I...>) {
        Parameters p;
        const auto place = [&p]<int J>() {
            if constexpr (has_weights(graph[J].op)) {
                Layer& layer = p.layer[std::size_t(Form::layer_of(J))];
                layer.layout = weight_layout<J>;
                layer.weights = p.bytes;
                p.bytes += aligned(layer.layout.size() * sizeof(float));
                layer.bias = p.bytes;
                p.bytes += aligned(std::size_t(layer.layout.padded_channels()) * sizeof(float));
            }
        };
        (place.template operator()<I>(), ...);
        return p;
    }
    (std::make_integer_sequence<int, graph.count>{});

    using Frame = FloatFrame;

    /// The value of node `i` in the arena; it begins with its layout's first gap.
    static float* value(const Frame& f, int i) {
        return reinterpret_cast<float*>(f.arena + plan.offset[std::size_t(i)]);
    }

    /// Runs node I.
    template <int I, class Executor>
    static void step(const Frame& f, Executor& executor) {
        constexpr Op op = graph[I].op;
        constexpr int a = graph[I].inputs[0], b = graph[I].inputs[1];
        constexpr Layout out = plan.layout[I];
        float* y = value(f, I);
        kernels::fill_gaps<out>(y, 0.0f);
        if constexpr (op == Op::input) {
            executor.for_each(out.shape.h, [&](int begin, int end) { kernels::place<out>(f.image, y, begin, end); });
        } else {
            constexpr Layout in = plan.layout[std::size_t(a)];
            const float* x = value(f, a);
            if constexpr (has_weights(op)) {
                constexpr Layer layer = parameters.layer[std::size_t(Form::layer_of(I))];
                const auto* weights = reinterpret_cast<const float*>(f.parameters + layer.weights);
                const auto* bias = reinterpret_cast<const float*>(f.parameters + layer.bias);
                const float* residual = b >= 0 ? value(f, b < 0 ? 0 : b) : nullptr;
                const kernels::FloatEpilogue<spec<I>, V> epilogue{y, residual, bias};
                executor.for_each(kernels::conv2d_units<spec<I>, Dot>, [&](int begin, int end) {
                    kernels::direct_conv2d<spec<I>, Dot>(x, weights, epilogue, begin, end);
                });
            } else if constexpr (op == Op::max_pool) {
                constexpr kernels::PoolSpec pool{in, out, graph[I].window};
                executor.for_each(out.shape.h, [&](int begin, int end) { kernels::max_pool<pool>(x, y, begin, end); });
            } else if constexpr (op == Op::global_avg_pool) {
                kernels::global_avg_pool<in, out>(x, y);
            } else if constexpr (op == Op::add) {
                constexpr Layout second = plan.layout[std::size_t(b)];
                executor.for_each(out.shape.h, [&](int begin, int end) {
                    kernels::add<in, second, out, graph[I].relu, V>(x, value(f, b), y, begin, end);
                });
            } else if constexpr (op == Op::relu) {
                executor.for_each(out.shape.h,
                                  [&](int begin, int end) { kernels::relu<in, out>(x, 0.0f, y, begin, end); });
            } else {
                static_assert(op == Op::flatten);
                kernels::flatten<in, out>(x, y);
            }
        }
    }
};

}  // namespace octet
