// From a photograph to the tensor a network was trained on: torchvision's evaluation pipeline, to the bit.
//
//     Resize(256) -> CenterCrop(224) -> ToTensor() -> Normalize(mean, std)
//
//     octet::Preprocess preprocess;                             // ImageNet's numbers; {.resize = 64, .crop = 56} for
//     others xt::xtensor<float, 3> input = preprocess(image);          // {224, 224, 3}, HWC
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>  // host

#include "../core/error.hpp"
#include "../core/tensor.hpp"

#include "image.hpp"
#include "resize.hpp"

namespace octet {

/// Per channel, in units of [0, 1]: a value becomes (value - mean) / std. The defaults are ImageNet's.
struct Normalization {
    std::array<float, 3> mean{0.485f, 0.456f, 0.406f};
    std::array<float, 3> std{0.229f, 0.224f, 0.225f};
};

/// torchvision's Resize(size): the shorter side becomes `size`, the longer one keeps the aspect, rounded down.
inline Image resize_shorter(const Image& image, int size) {
    detail::check_image(image);
    detail::check_size(size, size);
    const int shorter = std::min(image.height, image.width);
    const int longer = std::max(image.height, image.width);
    if (shorter == size) return image;
    const std::int64_t other = std::int64_t{size} * longer / shorter;
    detail::check_size(other, size);  // before `other` becomes an int
    return image.width <= image.height ? resize(image, int(other), size) : resize(image, size, int(other));
}

/// torchvision's CenterCrop(size): the middle `size` x `size` pixels; where the image is smaller, black is added around
/// it.
inline Image center_crop(const Image& image, int size) {
    detail::check_image(image);
    detail::check_size(size, size);
    // Where the image's first pixel lies in the result; negative where it is cropped away. When padding, a half is
    // rounded down; when cropping, to even, which is what Python's round() does.
    const auto offset = [size](int side) {
        if (side < size) return (size - side) / 2;
        const int excess = side - size, half = excess / 2;
        return -(half + (excess % 2 != 0 && half % 2 != 0 ? 1 : 0));
    };
    const int top = offset(image.height), left = offset(image.width);
    const int first = std::max(0, left), last = std::min(size, left + image.width);
    Image result = detail::blank_image(size, size);
    for (int y = std::max(0, top); y < std::min(size, top + image.height); ++y) {
        const auto from = (std::size_t(y - top) * std::size_t(image.width) + std::size_t(first - left)) * 3;
        const auto to = (std::size_t(y) * std::size_t(size) + std::size_t(first)) * 3;
        std::copy_n(&image.rgb[from], std::size_t(last - first) * 3, &result.rgb[to]);
    }
    return result;
}

/// torchvision's ToTensor and Normalize, but HWC: (value / 255 - mean) / std, each step rounded to float. A byte has
/// 256 values, so that is a table.
inline xt::xtensor<float, 3> to_tensor(const Image& image, const Normalization& normalization = {}) {
    detail::check_image(image);
    std::array<std::array<float, 256>, 3> table{};
    for (std::size_t c = 0; c < 3; ++c) {
        const float mean = normalization.mean[c], deviation = normalization.std[c];
        if (!(deviation > 0.0f) || !std::isfinite(deviation) || !std::isfinite(mean))
            throw Error("normalization of channel " + std::to_string(c) +
                        ": expected finite numbers and std > 0, found mean " + std::to_string(mean) + " and std " +
                        std::to_string(deviation));
        for (std::size_t value = 0; value < 256; ++value) {
            const float unit = float(value) / 255.0f;
            const float centered = unit - mean;
            table[c][value] = centered / deviation;
        }
    }
    auto tensor = xt::xtensor<float, 3>::from_shape({std::size_t(image.height), std::size_t(image.width), 3});
    float* out = tensor.data();
    for (std::size_t i = 0; i < image.rgb.size(); i += 3)
        for (std::size_t c = 0; c < 3; ++c) *out++ = table[c][image.rgb[i + c]];
    return tensor;
}

/// The whole pipeline, as settings and a function of an image.
struct Preprocess {
    int resize = 256;
    int crop = 224;
    Normalization normalization{};

    /// The pixels the network sees, still as bytes.
    Image pixels(const Image& image) const { return center_crop(resize_shorter(image, resize), crop); }

    /// The tensor the network sees: {crop, crop, 3}.
    xt::xtensor<float, 3> operator()(const Image& image) const { return to_tensor(pixels(image), normalization); }
};

}  // namespace octet
