// A forward pass as data: what a host needs of it at run time, and the same for all networks. The compiler makes these
// tables from a Forward; a program that chooses its architecture at start gets those of the chosen one (chosen.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "convolution.hpp"
#include "executor.hpp"
#include "frame.hpp"

namespace octet {

/// What the compiler knows of the algorithm of one node; of nodes without weights, nothing.
struct KernelFacts {
    const char* algorithm = "";
    std::size_t weight_bytes = 0;   ///< packed
    std::size_t scratch_bytes = 0;  ///< in the arena
    double multiplications = 1;     ///< time of its multiplications at best, as a share of the direct product's
};

/// All but the steps, which there are for each executor (run.hpp).
struct ForwardTables {
    const char* architecture;
    std::size_t arena_bytes, parameter_bytes;
    Batch batch;
    std::span<const ValuePlace> values;       ///< by node
    std::span<const LayerParameters> layers;  ///< by fused layer
    std::span<const KernelFacts> facts;       ///< by node
};

namespace detail {

// Winograd makes up to 36 products of shorts for each tile of 4 x 4 outputs, in the time that Arch's int16 dots take.
template <class Arch>
constexpr double winograd_multiplications(const kernels::ConvSpec& s) {
    if constexpr (requires { typename Arch::int16_dot; }) {
        const auto time = []<class Dot>(Dot) { return double(Dot::cost.dot) / (Dot::lanes * Dot::unit); };
        const double products = kernels::winograd_sizes<typename Arch::int16_dot>(s).products;
        return products / (9.0 * s.images * s.output.shape.h * s.output.shape.w) * time(typename Arch::int16_dot{}) /
               time(typename Arch::int8_dot{});
    } else {
        return 1;
    }
}
template <class Convolution, class Arch>
constexpr KernelFacts facts_of() {
    using Kernel = typename Convolution::Kernel;
    KernelFacts f{Kernel::name, Kernel::weight_bytes, Kernel::scratch_bytes};
    if constexpr (requires { Kernel::multiplications; })
        f.multiplications = Kernel::multiplications;
    else if (f.algorithm == std::string_view("winograd"))
        f.multiplications = winograd_multiplications<Arch>(Convolution::spec);
    return f;
}
template <class Forward>
inline constexpr auto kernel_facts = []<int... I>(std::integer_sequence<int, I...>) {
    std::array<KernelFacts, sizeof...(I)> facts{};
    const auto take = [&facts]<int J>() {
        if constexpr (has_weights(Forward::graph[J].op))
            facts[std::size_t(J)] =
                facts_of<typename Forward::template Convolution<J>, typename Forward::architecture>();
    };
    (take.template operator()<I>(), ...);
    return facts;
}
(std::make_integer_sequence<int, Forward::graph.count>{});

template <class Forward>
inline constexpr ForwardTables forward_tables{
    Forward::architecture::name, Forward::arena_bytes, Forward::parameter_bytes, Forward::batch, Forward::values,
    Forward::parameters.layer,   kernel_facts<Forward>};

}  // namespace detail

}  // namespace octet
