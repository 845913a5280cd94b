// What a model accepts as an image: any xtensor container of floats with the network's input shape, HWC and
// row-major. A container whose shape is part of its type is checked by the compiler, others when called.
#pragma once

#include <string>  // host

#include "../core/error.hpp"
#include "../core/shape.hpp"
#include "../core/tensor.hpp"
#include "../core/utility.hpp"

namespace octet {

namespace detail {
template <class T>
struct fixed_shape;  // undefined unless T is an xtensor_fixed
template <class T, std::size_t... D, xt::layout_type L, bool Sharable, class Tag>
struct fixed_shape<xt::xfixed_container<T, xt::fixed_shape<D...>, L, Sharable, Tag>> {
    template <Shape S>
    static constexpr bool is = [] {
        constexpr std::array<std::size_t, sizeof...(D)> found{D...};
        if constexpr (sizeof...(D) == 3)
            return found[0] == std::size_t(S.h) && found[1] == std::size_t(S.w) && found[2] == std::size_t(S.c);
        return false;
    }();
};

// Throws unless the shape is S and the strides are those of contiguous rows (xtensor's stride of an extent of 1 is 0).
template <Shape S, class Extents, class Strides>
void check_image(const Extents& shape, const Strides& strides) {
    constexpr std::size_t expected[] = {std::size_t(S.h), std::size_t(S.w), std::size_t(S.c)};
    constexpr std::size_t dense[] = {expected[1] * expected[2], expected[2], 1};
    bool same = shape.size() == 3, contiguous = true;
    for (std::size_t d = 0; same && d < 3; ++d) {
        same = std::size_t(shape[d]) == expected[d];
        contiguous = contiguous && (expected[d] == 1 || std::size_t(strides[d]) == dense[d]);
    }
    if (same && contiguous) return;
    std::string found;
    for (const auto extent : shape) found += (found.empty() ? "" : " x ") + std::to_string(extent);
    const std::string wanted = std::to_string(S.h) + " x " + std::to_string(S.w) + " x " + std::to_string(S.c);
    throw Error("octet: the image must be a row-major tensor of " + wanted +  // host
                " (height, width, channels), but it is " +
                (same ? std::string("not contiguous: copy it first, xt::xtensor<float, 3> copy = image") : found));
}

template <class Image, Shape Expected>
struct image_has_another_shape_than_the_network {
    static_assert(never<Image>, "octet: the image's shape is not the network's input shape (height, width, channels)");
};
}  // namespace detail

/// The image's floats, contiguous HWC. A container's own, or those a view looks at if they lie there without gaps.
/// Throws octet::Error when a run-time shape is not `S`, or when the floats are not contiguous.
template <Shape S, class Image>
const float* image_data(const Image& image) {
    static_assert(std::is_same_v<typename Image::value_type, float>, "octet: an image is a tensor of float, HWC");
    static_assert(
        requires {
            image.data();
            image.strides();
            image.data_offset();
        },
        "octet: an image is a container or a view of one: evaluate an expression first, for instance into an "
        "xt::xtensor<float, 3>");
    if constexpr (requires { detail::fixed_shape<Image>::template is<S>; }) {
        if constexpr (!detail::fixed_shape<Image>::template is<S>)
            static_assert(sizeof(detail::image_has_another_shape_than_the_network<Image, S>) != 0);
    } else {
        detail::check_image<S>(image.shape(), image.strides());
    }
    return image.data() + image.data_offset();
}

}  // namespace octet
