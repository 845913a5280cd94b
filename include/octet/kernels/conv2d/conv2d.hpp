// Which algorithm computes a convolution: decided by the compiler from its spec. An algorithm is a class template with
// the layout of its packed weights, a number of units of work that may run in any order, and `run`.
#pragma once

#include "depthwise.hpp"
#include "direct.hpp"

namespace octet::kernels {

namespace detail {
template <ConvSpec S, class Dot, class V>
auto choose_algorithm() {
    if constexpr (S.depthwise())
        return DepthwiseConv2d<S, Dot, V>{};
    else
        return DirectConv2d<S, Dot>{};
}
}  // namespace detail

/// The algorithm for spec `S`. `Dot` is the architecture's dot product for the element type, `V` its vector.
template <ConvSpec S, class Dot, class V>
using Conv2dKernel = decltype(detail::choose_algorithm<S, Dot, V>());

}  // namespace octet::kernels
