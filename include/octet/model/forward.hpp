// A forward pass, one step per node, over an arena and a block of parameters that the compiler laid out. Each node runs
// in the precision its form says: float_step.hpp and int8_step.hpp are what nodes do. No allocation, no branch that
// depends on data, nothing outside the arena.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "convolution.hpp"
#include "executor.hpp"
#include "float_step.hpp"
#include "forward_tables.hpp"
#include "frame.hpp"
#include "int8_step.hpp"

namespace octet {

namespace detail {
template <class Numerics, octet::numerics::LayerKind K>
struct PolicyLayer {
    using type = typename Numerics::template layer<K>;
};
template <octet::numerics::LayerKind K>
struct PolicyLayer<void, K> {};  // no int8 layers, no arithmetic
}  // namespace detail

/// The steps of a Forward, one for each node.
template <class Forward, Executor E>
inline constexpr auto step_table = []<int... I>(std::integer_sequence<int, I...>) {
    return std::array<Step<E>, sizeof...(I)>{Forward::template step<I, E>()...};
}
(std::make_integer_sequence<int, Forward::graph.count>{});

/// What a form of a network and an arithmetic say of a forward pass, whatever the architecture. `Form` is one of
/// forms.hpp, `Numerics` a policy - void where everything is float.
template <class Form, class Numerics>
struct ForwardForm {
    using form = Form;
    using numerics = Numerics;
    static constexpr GraphView graph = Form::graph;

    /// The numerics of node I's layer.
    template <int I>
    using LayerOf = typename detail::PolicyLayer<Numerics, octet::numerics::LayerKind{graph[I].op == Op::linear,
                                                                                      graph[I].groups}>::type;
};

/// Steps of a network. `Form` is one of forms.hpp, `Numerics` a policy - void where everything is float -, `Kernels`
/// says which algorithms convolve (kernels/conv2d/policy.hpp). All forms of a network with the same precisions and
/// kernels read the same parameters.
template <class Form, class Numerics, class Arch, class Kernels = kernels::fastest>
struct Forward : ForwardForm<Form, Numerics> {
    using architecture = Arch;
    using V = typename Arch::vector;
    using default_executor = Serial;  ///< one_thread of it runs the steps where nothing else is said

    static constexpr GraphView graph = Form::graph;  // again: g++ 12 does not find the base's in lambdas
    template <int I>
    using LayerOf = typename ForwardForm<Form, Numerics>::template LayerOf<I>;
    static constexpr Layouts layouts = plan_layouts(graph);

    /// The first fused layer for which the kernel policy wants all images of a batch together, since Winograd pays
    /// then.
    static constexpr int batched_from = [] {
        int first = Graph::max_nodes;
        for (int i = 0; i < graph.count; ++i) {
            if (graph[i].op != Op::conv2d || !graph[i].quantized) continue;
            kernels::ConvSpec s = kernels::conv_spec(graph, layouts, i);
            if (kernels::use_winograd<Arch, Kernels>(s)) continue;
            s.images = kernels::batch_images<Kernels>;
            if (kernels::use_winograd<Arch, Kernels>(s)) first = std::min(first, graph[i].layer);
        }
        return first;
    }();
    /// The images of a batch, and the last cut before that layer.
    static constexpr Batch batch = [] {
        Batch b{kernels::batch_images<Kernels>, -1};
        for (int i = 0; i < graph.count; ++i) {
            if (has_weights(graph[i].op) && graph[i].layer >= batched_from) break;
            if (is_cut(graph, i)) b.cut = i;
        }
        return batched_from == Graph::max_nodes || b.cut < 0 ? Batch{} : b;
    }();

    /// How node I convolves. (A struct, since g++ 12 crashes on an alias template with this choice.)
    template <int I>
    struct Convolution {
        using Dot = std::conditional_t<graph[I].quantized, typename Arch::int8_dot, typename Arch::float_dot>;
        static constexpr kernels::ConvSpec spec = [] {
            kernels::ConvSpec s = kernels::conv_spec(graph, layouts, I);
            // In int8 both are in the range that the epilogue is given: no kernel is another for it.
            if (graph[I].quantized) s.epilogue.relu = s.epilogue.clamp = false;
            if (batch.images == 1 || graph[I].layer < batched_from || !graph[I].quantized) return s;
            s.images = batch.images;
            if (!kernels::use_winograd<Arch, Kernels>(s)) s.images = 1;
            return s;
        }();
        using Kernel = kernels::Conv2dKernel<spec, Arch, Dot, Kernels>;
    };

    static constexpr MemoryPlan plan = []<int... I>(std::integer_sequence<int, I...>) {
        ScratchBytes scratch{};
        const auto ask = [&scratch]<int J>() {
            if constexpr (has_weights(graph[J].op)) scratch[std::size_t(J)] = Convolution<J>::Kernel::scratch_bytes;
        };
        (ask.template operator()<I>(), ...);
        return plan_memory(graph, scratch, batch);
    }
    (std::make_integer_sequence<int, graph.count>{});

    static constexpr int layer_count = [] {
        int last = 0;
        for (int i = 0; i < graph.count; ++i) last = std::max(last, graph[i].layer);
        return last + 1;
    }();
    /// By fused layer.
    struct Parameters {
        std::array<LayerParameters, std::size_t(layer_count)> layer{};
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
                constexpr kernels::WeightLayout w = Convolution<J>::Kernel::layout;
                const auto padded = std::size_t(w.padded_channels());
                LayerParameters& layer = p.layer[std::size_t(graph[J].layer)];
                layer.layout = w;
                layer.weights = take(Convolution<J>::Kernel::weight_bytes);
                layer.bias = take(4 * padded);
                if constexpr (graph[J].quantized) {
                    layer.packing = Convolution<J>::Kernel::packing;
                    layer.input_offset = Convolution<J>::Kernel::input_offset;
                    layer.weight_scale = take(4 * std::size_t(w.channels));
                    layer.zero_terms = take(4 * w.zero_terms());
                    layer.channel_bias = take(4 * padded);
                    layer.multiplier = take(4 * padded);
                    layer.output = take(sizeof(typename LayerOf<J>::Output));
                }
            }
        };
        (place.template operator()<I>(), ...);
        return p;
    }
    (std::make_integer_sequence<int, graph.count>{});

    static constexpr std::size_t arena_bytes = plan.bytes, parameter_bytes = parameters.bytes;

    /// What a program knows of its values when it runs, by node: a small table, where those of the graph and the plan
    /// are as large as the largest network's and stay in the compiler.
    static constexpr std::array<ValuePlace, std::size_t(graph.count)> values = [] {
        std::array<ValuePlace, std::size_t(graph.count)> all{};
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Node& n = graph[int(i)];
            const bool cast = n.op == Op::quantize || n.op == Op::dequantize;
            all[i] = {plan.layout[i], plan.offset[i], plan.stride[i], n.quantized, -1, cast ? -1 : n.layer};
            if constexpr (!std::is_void_v<Numerics>) all[i].observer = Form::placement.observer[std::size_t(n.result)];
        }
        return all;
    }();

    // Where node I finds what it works on.
    template <int I>
    static constexpr StepPlace step_place() {
        static_assert(std::uint64_t{plan.bytes} <= 0xffffffffu && std::uint64_t{parameters.bytes} <= 0xffffffffu,
                      "octet: the arena and the parameters of a network must have less than 4 GiB each");
        const auto small = [](std::size_t bytes) { return static_cast<std::uint32_t>(bytes); };
        const auto value = [&](int i) {
            const ValuePlace& v = values[std::size_t(i)];
            const bool scaled = v.quantized && !std::is_void_v<Numerics>;
            return StepPlace::Value{small(v.offset), small(v.stride), scaled ? observer_of(graph[i].result) : -1};
        };
        constexpr const Node& n = graph[I];
        StepPlace at;
        if (n.inputs.count > 0) at.input = value(n.inputs[0]);
        if (n.inputs.count > 1) at.second = value(n.inputs[1]);
        at.output = value(I);
        at.low = n.low;
        at.high = n.high;
        if (!has_weights(n.op)) return at;
        const LayerParameters& p = parameters.layer[std::size_t(n.layer)];
        if (n.quantized) at.own_observer = observer_of(n.layer);
        at.parameters = {small(p.weights),    small(n.quantized ? p.channel_bias : p.bias),
                         small(p.multiplier), small(p.zero_terms),
                         small(p.output),     p.layout.padded_channels()};
        at.scratch = small(plan.scratch[std::size_t(I)]);
        return at;
    }

    /// The value of node `i` in the arena, as its first gap: uint8_t where node i is quantized, else float.
    template <class T>
    static T* value(const Frame& f, int i) {
        return values[std::size_t(i)].template in<T>(f);
    }
    /// The observer of fused layer `layer`'s result.
    static constexpr int observer_of(int layer) {
        if constexpr (std::is_void_v<Numerics>)
            return -1;
        else
            return Form::placement.observer[std::size_t(layer)];
    }
    /// Scale and zero point of fused layer `layer`'s result.
    static QParams qparams_of(const Frame& f, int layer) { return f.qparams[observer_of(layer)]; }

    /// Whether node I takes all images of a batch together.
    template <int I>
    static constexpr bool together() {
        if constexpr (has_weights(graph[I].op))
            return Convolution<I>::spec.images > 1;
        else
            return false;
    }

    /// How node I runs.
    template <int I, Executor E>
    static constexpr Step<E> step() {
        using Own = std::conditional_t<graph[I].quantized, Int8Step<Forward, I>, FloatStep<Forward, I>>;
        return {Own::template function<E>(), &place<I>, together<I>()};
    }

    /// All that a host reads at run time.
    static constexpr const ForwardTables& tables() { return detail::forward_tables<Forward>; }
    /// Where node `i` is: the only one of the tables that a forward pass alone needs.
    static constexpr const ValuePlace& value_place(int i) { return values[std::size_t(i)]; }
    /// Its steps, for an executor.
    template <Executor E>
    static constexpr std::span<const Step<E>> steps() {
        return step_table<Forward, E>;
    }

private:
    template <int I>
    static constexpr StepPlace place = step_place<I>();
};

namespace detail {
template <class Numerics>
void read_value(const Frame& f, const ValuePlace& v, float* out) {
    if constexpr (!std::is_void_v<Numerics>) {
        if (v.quantized) {
            const auto* q = v.in<const std::uint8_t>(f);
            for (int y = 0; y < v.layout.shape.h; ++y)
                for (int k = 0; k < v.layout.shape.w * v.layout.shape.c; ++k)
                    *out++ = Numerics::elementwise::template dequantize<kernels::Scalar>(q[v.layout.at(y, 0) + k],
                                                                                         f.qparams[v.observer]);
            return;
        }
    }
    kernels::gather(v.layout, v.in<const float>(f), out);
}
}  // namespace detail

/// The value of node `i` as real numbers, contiguous HWC: int8 values dequantized.
template <class Forward>
void read_value(const Frame& f, int i, float* out) {
    detail::read_value<typename Forward::numerics>(f, Forward::value_place(i), out);
}

}  // namespace octet
