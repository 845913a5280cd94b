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

/// All units of a kernel, by an executor. One function for all layers with the same spec, not one for each.
template <class Kernel, class Executor, class Input, class Weight, class Epilogue>
[[gnu::noinline]] void run_units(Executor& executor, const Input* input, const Weight* weights,
                                 const Epilogue& epilogue) {
    executor.for_each(Kernel::units, [&](int begin, int end) { Kernel::run(input, weights, epilogue, begin, end); });
}

}  // namespace octet::kernels
