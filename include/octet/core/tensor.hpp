// Tensors are xtensor's. This is the only header that includes it: its headers moved into subfolders
// with 0.26, and both places must work.
#pragma once

#if __has_include(<xtensor/containers/xfixed.hpp>)
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xfixed.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <cstddef>

namespace octet {

/// A tensor whose shape is part of its type and whose elements lie inside it: no allocation.
template <class T, std::size_t... Dimensions>
using Tensor = xt::xtensor_fixed<T, xt::xshape<Dimensions...>>;

}  // namespace octet
