// From a photograph to the tensor a network was trained on: torchvision's evaluation pipeline, to the bit.
//
//     Resize(256) -> CenterCrop(224) -> ToTensor() -> Normalize(mean, std)
//
//     octet::Preprocess preprocess;                             // ImageNet's numbers; {.resize = 64, .crop = 56} for others
//     xt::xtensor<float, 3> input = preprocess(image);          // {224, 224, 3}, HWC
//
// Resizing is PIL's antialiased bilinear filter: output pixel i is a mean of the input pixels around
// c = (i + 1/2) * scale, weighted by the triangle 1 - |x + 1/2 - c| / max(1, scale). PIL computes it in integers,
// and so does this header: weights are rounded to multiples of 2^-22, rows are resized first, then
// columns, with 8 bits between the two. (Pillow 13 and later begin with the columns where an image more than twice as
// high as wide is made smaller. octet keeps the older order, under which today's networks were trained; the
// two are at most one grey level apart.)
//
// The weights are computed in double. Build with -ffp-contract=off where the processor has fused multiply-add, as
// everywhere in octet; an ulp there can move a weight by 2^-22.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>  // host
#include <vector>  // host

#include <octet/core/error.hpp>
#include <octet/core/tensor.hpp>

#include "image.hpp"

namespace octet {

/// Per channel, in units of [0, 1]: a value becomes (value - mean) / std. The defaults are ImageNet's.
struct Normalization {
    std::array<float, 3> mean{0.485f, 0.456f, 0.406f};
    std::array<float, 3> std{0.229f, 0.224f, 0.225f};
};

namespace detail {

inline std::string size_text(std::int64_t height, std::int64_t width) {
    return std::to_string(height) + " x " + std::to_string(width);
}

inline void check_image(const Image& image) {
    if (image.height <= 0 || image.width <= 0)
        throw Error("expected an image, found one of " + size_text(image.height, image.width) + " pixels (height x width)");
    const std::size_t bytes = std::size_t(image.height) * std::size_t(image.width) * 3;
    if (image.rgb.size() != bytes)
        throw Error("an RGB image of " + size_text(image.height, image.width) + " pixels has " + std::to_string(bytes) +
                    " bytes, found " + std::to_string(image.rgb.size()));
}

inline void check_size(std::int64_t height, std::int64_t width) {
    if (height < 1 || width < 1 || height > max_image_pixels / width)
        throw Error("an image of " + size_text(height, width) + " pixels (height x width) was asked for; octet makes images of 1 to " +
                    std::to_string(max_image_pixels) + " pixels");
}

inline Image blank_image(int height, int width) {
    check_size(height, width);
    return {height, width, std::vector<std::uint8_t>(std::size_t(height) * std::size_t(width) * 3)};
}

inline constexpr int resample_bits = 22;

/// The input pixels that one output pixel is a mean of, and their weights in units of 2^-22.
struct Taps {
    int first = 0;
    std::vector<std::int32_t> weights;
};

/// PIL's filter along one axis. The order of the floating-point operations is PIL's, and so is every rounding.
inline std::vector<Taps> bilinear_taps(int in, int out) {
    const double scale = double(in) / out;
    const double support = std::max(scale, 1.0);
    const double per_pixel = 1.0 / support;
    std::vector<Taps> all(static_cast<std::size_t>(out));
    std::vector<double> triangle;
    for (int i = 0; i < out; ++i) {
        const double center = (i + 0.5) * scale;
        const int first = std::max(0, int(center - support + 0.5));
        const int last = std::min(in, int(center + support + 0.5));
        double sum = 0;
        triangle.clear();
        for (int x = first; x < last; ++x) {
            const double distance = std::abs((x - center + 0.5) * per_pixel);
            triangle.push_back(distance < 1.0 ? 1.0 - distance : 0.0);
            sum += triangle.back();
        }
        auto& taps = all[std::size_t(i)];
        taps.first = first;
        for (const double w : triangle) taps.weights.push_back(std::int32_t(0.5 + w / sum * (1 << resample_bits)));
    }
    return all;
}

inline constexpr std::int32_t resample_half = 1 << (resample_bits - 1);

inline std::uint8_t resample_byte(std::int32_t sum) {
    return std::uint8_t(std::clamp(sum >> resample_bits, std::int32_t{0}, std::int32_t{255}));
}

/// First pass: every row to a new width.
inline Image resize_rows(const Image& image, int width) {
    Image result = blank_image(image.height, width);
    const auto columns = bilinear_taps(image.width, width);
    auto* out = result.rgb.data();
    for (std::size_t y = 0; y < std::size_t(image.height); ++y)
        for (const auto& taps : columns) {
            const auto* pixel = &image.rgb[(y * std::size_t(image.width) + std::size_t(taps.first)) * 3];
            std::int32_t red = resample_half, green = resample_half, blue = resample_half;
            for (const std::int32_t w : taps.weights) {
                red += w * pixel[0];
                green += w * pixel[1];
                blue += w * pixel[2];
                pixel += 3;
            }
            for (const std::int32_t sum : {red, green, blue}) *out++ = resample_byte(sum);
        }
    return result;
}

/// Second pass: every column to a new height.
inline Image resize_columns(const Image& image, int height) {
    Image result = blank_image(height, image.width);
    const std::size_t row = std::size_t(image.width) * 3;
    std::vector<std::int32_t> sums(row);
    auto* out = result.rgb.data();
    for (const auto& taps : bilinear_taps(image.height, height)) {
        sums.assign(row, resample_half);
        const auto* in = &image.rgb[std::size_t(taps.first) * row];
        for (const std::int32_t w : taps.weights) {
            for (std::size_t i = 0; i < row; ++i) sums[i] += w * in[i];
            in += row;
        }
        for (const std::int32_t sum : sums) *out++ = resample_byte(sum);
    }
    return result;
}

}  // namespace detail

/// PIL's `image.resize((width, height), Image.BILINEAR)`.
inline Image resize(const Image& image, int height, int width) {
    detail::check_image(image);
    detail::check_size(height, width);
    return detail::resize_columns(detail::resize_rows(image, width), height);
}

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

/// torchvision's CenterCrop(size): the middle `size` x `size` pixels; where the image is smaller, black is added around it.
inline Image center_crop(const Image& image, int size) {
    detail::check_image(image);
    detail::check_size(size, size);
    // Where the image's first pixel lies in the result; negative where it is cropped away. When padding, a half is rounded
    // down; when cropping, to even, which is what Python's round() does.
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

/// torchvision's ToTensor and Normalize, but HWC: (value / 255 - mean) / std, each step rounded to float. A byte has 256 values, so
/// that is a table.
inline xt::xtensor<float, 3> to_tensor(const Image& image, const Normalization& normalization = {}) {
    detail::check_image(image);
    std::array<std::array<float, 256>, 3> table{};
    for (std::size_t c = 0; c < 3; ++c) {
        const float mean = normalization.mean[c], deviation = normalization.std[c];
        if (!(deviation > 0.0f) || !std::isfinite(deviation) || !std::isfinite(mean))
            throw Error("normalization of channel " + std::to_string(c) + ": expected finite numbers and std > 0, found mean " +
                        std::to_string(mean) + " and std " + std::to_string(deviation));
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
