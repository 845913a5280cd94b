// Tensors are xtensor's. This is the only header that includes it: its headers moved into subfolders
// with 0.26, and both places must work.
#pragma once

#if __has_include(<xtensor/containers/xfixed.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <cstddef>

#include "shape.hpp"

namespace octet {

/// A tensor whose shape is part of its type and whose elements lie inside it: no allocation.
template <class T, std::size_t... Dimensions>
using Tensor = xt::xtensor_fixed<T, xt::xshape<Dimensions...>>;

/// An image tensor of shape `S`, HWC.
template <class T, Shape S>
using ImageTensor = Tensor<T, std::size_t(S.h), std::size_t(S.w), std::size_t(S.c)>;

/// A view of memory that somebody else owns, for instance of the arena, as a tensor of shape `Dimensions`.
template <std::size_t... Dimensions, class T>
auto view(T* data) {
    return xt::adapt(data, xt::xshape<Dimensions...>{});
}

}  // namespace octet
