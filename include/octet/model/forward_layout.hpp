// What the compiler lays out for a forward pass: where values, parameters and scratch memory lie, and which kernels
// convolve. It depends on the form of a network and on the architecture, but not on the arithmetic, so that networks
// which differ in their qconfig alone share it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "../graph/memory_plan.hpp"
#include "../kernels/conv2d/conv2d.hpp"
#include "frame.hpp"
#include "step.hpp"

namespace octet {

/// `Form` is one of forms.hpp; `Int8`: it has scales and zero points, and so an arithmetic.
template <class Form, bool Int8, class Arch, class Kernels>
struct ForwardLayout {
    using architecture = Arch;
    static constexpr GraphView graph = Form::graph;

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
                    layer.output = take(most_output_bytes);
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
            if constexpr (Int8) all[i].observer = Form::placement.observer[std::size_t(n.result)];
        }
        return all;
    }();

    template <int I>
    static constexpr StepPlace step_place() {
        static_assert(std::uint64_t{plan.bytes} <= 0xffffffffu && std::uint64_t{parameters.bytes} <= 0xffffffffu,
                      "octet: the arena and the parameters of a network must have less than 4 GiB each");
        const auto small = [](std::size_t bytes) { return static_cast<std::uint32_t>(bytes); };
        const auto value = [&](int i) {
            const ValuePlace& v = values[std::size_t(i)];
            const bool scaled = v.quantized && Int8;
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
        if constexpr (Int8)
            return Form::placement.observer[std::size_t(layer)];
        else
            return -1;
    }
    /// Scale and zero point of fused layer `layer`'s result.
    static QParams qparams_of(const Frame& f, int layer) { return f.qparams[observer_of(layer)]; }
    /// Where node `i` is: the only one of the tables that a forward pass alone needs.
    static constexpr const ValuePlace& value_place(int i) { return values[std::size_t(i)]; }

    /// Whether node I takes all images of a batch together.
    template <int I>
    static constexpr bool together() {
        if constexpr (has_weights(graph[I].op))
            return Convolution<I>::spec.images > 1;
        else
            return false;
    }

    /// Where node I finds what it works on.
    template <int I>
    static constexpr StepPlace place = step_place<I>();
};

}  // namespace octet
