// The algorithm of each convolution, decided by the compiler (policy.hpp). An algorithm is a class template with
//
//     name, Weight                    what it is called; the type of packed weights
//     layout, packing, weight_bytes   how weights are packed (weights.hpp)
//     input_offset                    inputs are read as x - input_offset
//     scratch_bytes                   memory that one call of run() needs for itself
//     units                           pieces of work that may run in any order and on any thread
//     images, units_of(n)             where several images are computed together: how many; the units of n
//     multiplications                 where some are left out: the share that is done
//     run(input, weights, epilogue, begin, end, scratch[, n])     epilogue: a TileEpilogue (tile_epilogue.hpp)
//
// It is a template of what it sees of a layer, bare(spec): layers that differ in what follows share it.
#pragma once

#include "depthwise.hpp"
#include "direct.hpp"
#include "policy.hpp"
#include "winograd.hpp"

namespace octet::kernels {

/// The images of a batch that `Policy` computes together where that pays.
template <class Policy>
inline constexpr int batch_images = [] {
    if constexpr (requires { Policy::images; })
        return Policy::images;
    else
        return 1;
}();

/// A spec without what a kernel does not see: the epilogue, and how the values lie that it writes and adds.
constexpr ConvSpec bare(ConvSpec s) {
    s.epilogue = {};
    s.residual = {};
    s.output.gap = 0;
    return s;
}

/// Whether `Policy` wants Winograd for an int8 convolution. It sees the layer's shape only, so that all forms of a
/// network choose alike.
template <class Arch, class Policy>
constexpr bool use_winograd(const ConvSpec& full) {
    const ConvSpec s = bare(full);
    if constexpr (requires { typename Arch::int16_dot; })
        return winograd_possible(s) &&
               Policy::use_winograd(
                   s, {direct_cost<typename Arch::int8_dot>(s),
                       winograd_cost<typename Arch::int16_dot>(s, transform_weights_of<typename Arch::int16_dot>(s))});
    else
        return false;
}

namespace detail {
template <ConvSpec S, class Arch, class Dot, class Policy>
auto choose_algorithm() {
    if constexpr (S.depthwise())
        return DepthwiseConv2d<S, Dot, typename Arch::vector>{};
    else if constexpr (std::is_same_v<value_of<Dot>, std::uint8_t> && use_winograd<Arch, Policy>(S))
        return WinogradConv2d<S, typename Arch::int16_dot, typename Arch::vector,
                              transform_weights_of<typename Arch::int16_dot>(S)>{};
    else
        return DirectConv2d<S, Dot>{};
}
}  // namespace detail

/// The algorithm for spec `S` on an architecture. `Dot` is that architecture's int8_dot or float_dot.
template <ConvSpec S, class Arch, class Dot, class Policy = fastest>
using Conv2dKernel = decltype(detail::choose_algorithm<bare(S), Arch, Dot, Policy>());

}  // namespace octet::kernels
