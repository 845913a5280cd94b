// A forward pass, one step per node, over an arena and a block of parameters that the compiler laid out
// (forward_layout.hpp). Each node runs in the precision its form says: float_step.hpp and int8_step.hpp are what nodes
// do. No allocation, no branch that depends on data, nothing outside the arena.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "convolution.hpp"
#include "executor.hpp"
#include "float_step.hpp"
#include "forward_layout.hpp"
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
struct Forward : ForwardForm<Form, Numerics>, ForwardLayout<Form, !std::is_void_v<Numerics>, Arch, Kernels> {
    using Base = ForwardLayout<Form, !std::is_void_v<Numerics>, Arch, Kernels>;
    using V = typename Arch::vector;
    using default_executor = Serial;  ///< one_thread of it runs the steps where nothing else is said

    static constexpr GraphView graph = Form::graph;  // of both bases
    template <int I>
    using LayerOf = typename ForwardForm<Form, Numerics>::template LayerOf<I>;

    /// How node I runs.
    template <int I, Executor E>
    static constexpr Step<E> step() {
        using Own = std::conditional_t<graph[I].quantized, Int8Step<Forward, I>, FloatStep<Forward, I>>;
        return {Own::template function<E>(), &Base::template place<I>, Base::template together<I>()};
    }

    /// All that a host reads at run time.
    static constexpr const ForwardTables& tables() { return detail::forward_tables<Base>; }
    /// Its steps, for an executor.
    template <Executor E>
    static constexpr std::span<const Step<E>> steps() {
        return step_table<Forward, E>;
    }
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
