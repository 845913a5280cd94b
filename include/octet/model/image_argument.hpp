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

template <class Image, Shape Expected>
struct image_has_another_shape_than_the_network {
    static_assert(never<Image>, "octet: the image's shape is not the network's input shape (height, width, channels)");
};
}  // namespace detail

/// The image's floats, contiguous HWC. Throws octet::Error when a run-time shape is not `S`.
template <Shape S, class Image>
const float* image_data(const Image& image) {
    static_assert(std::is_same_v<typename Image::value_type, float>, "octet: an image is a tensor of float, HWC");
    if constexpr (requires { detail::fixed_shape<Image>::template is<S>; }) {
        if constexpr (!detail::fixed_shape<Image>::template is<S>)
            static_assert(sizeof(detail::image_has_another_shape_than_the_network<Image, S>) != 0);
    } else {
        const auto& shape = image.shape();
        const bool same = shape.size() == 3 && std::size_t(shape[0]) == std::size_t(S.h) &&
                          std::size_t(shape[1]) == std::size_t(S.w) && std::size_t(shape[2]) == std::size_t(S.c);
        if (!same || image.layout() != xt::layout_type::row_major) {
            std::string found;
            for (const auto d : shape) found += (found.empty() ? "" : " x ") + std::to_string(d);
            throw Error("octet: the image must be a row-major tensor of " + std::to_string(S.h) + " x " +  // host
                        std::to_string(S.w) + " x " + std::to_string(S.c) + " (height, width, channels), but it is " +
                        found);
        }
    }
    return image.data();
}

}  // namespace octet
