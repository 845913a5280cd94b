// PIL's antialiased bilinear resizing, to the bit. Output pixel i is a mean of the input pixels around
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
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>  // host
#include <vector>  // host

#include "../core/error.hpp"

#include "image.hpp"

namespace octet {

namespace detail {

inline std::string size_text(std::int64_t height, std::int64_t width) {
    return std::to_string(height) + " x " + std::to_string(width);
}

inline void check_image(const Image& image) {
    if (image.height <= 0 || image.width <= 0)
        throw Error("expected an image, found one of " + size_text(image.height, image.width) +
                    " pixels (height x width)");
    const std::size_t bytes = std::size_t(image.height) * std::size_t(image.width) * 3;
    if (image.rgb.size() != bytes)
        throw Error("an RGB image of " + size_text(image.height, image.width) + " pixels has " + std::to_string(bytes) +
                    " bytes, found " + std::to_string(image.rgb.size()));
}

inline void check_size(std::int64_t height, std::int64_t width) {
    if (height < 1 || width < 1 || height > max_image_pixels / width)
        throw Error("an image of " + size_text(height, width) +
                    " pixels (height x width) was asked for; octet makes images of 1 to " +
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

}  // namespace octet
