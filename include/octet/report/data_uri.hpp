// A picture inside a page: RGB bytes become "data:image/bmp;base64,...". An uncompressed bitmap is a header
// of 54 bytes and the rows from the bottom up; that every browser reads it is worth more than its size, so
// pictures are made smaller first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/error.hpp"

namespace octet {

namespace detail {

inline std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = 0;
        for (std::size_t k = 0; k < 3; ++k)
            three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[three >> (18 - 6 * k) & 63];
    }
    return text;
}

/// The mean of the pixels a smaller picture's pixel stands for.
inline std::vector<std::uint8_t> shrink_rgb(std::span<const std::uint8_t> rgb, std::size_t width, std::size_t height,
                                            std::size_t new_width, std::size_t new_height) {
    std::vector<std::uint8_t> small;
    small.reserve(new_width * new_height * 3);
    for (std::size_t y = 0; y < new_height; ++y)
        for (std::size_t x = 0; x < new_width; ++x)
            for (std::size_t c = 0; c < 3; ++c) {
                const std::size_t y0 = y * height / new_height, y1 = (y + 1) * height / new_height;
                const std::size_t x0 = x * width / new_width, x1 = (x + 1) * width / new_width;
                std::size_t sum = 0;
                for (std::size_t v = y0; v < y1; ++v)
                    for (std::size_t u = x0; u < x1; ++u) sum += rgb[(v * width + u) * 3 + c];
                const std::size_t n = (y1 - y0) * (x1 - x0);
                small.push_back(static_cast<std::uint8_t>((sum + n / 2) / n));
            }
    return small;
}

}  // namespace detail

/// `rgb` holds height x width x 3 bytes, rows from the top. The longer side shrinks to `max_side` pixels.
inline std::string image_data_uri(std::span<const std::uint8_t> rgb, std::size_t width, std::size_t height,
                                  std::size_t max_side = 96) {
    if (width == 0 || height == 0 || max_side == 0 || rgb.size() / 3 / width != height ||
        rgb.size() != width * height * 3)
        throw Error("image_data_uri: " + std::to_string(rgb.size()) + " bytes are no RGB picture of " +
                    std::to_string(width) + " x " + std::to_string(height) + " pixels");
    std::vector<std::uint8_t> smaller;
    if (const std::size_t longer = std::max(width, height); longer > max_side) {
        const std::size_t w = std::max<std::size_t>(1, width * max_side / longer);
        const std::size_t h = std::max<std::size_t>(1, height * max_side / longer);
        smaller = detail::shrink_rgb(rgb, width, height, w, h);
        rgb = smaller;
        width = w, height = h;
    }
    const std::size_t row = (width * 3 + 3) / 4 * 4;
    std::string bmp = "BM";
    const auto number = [&](std::size_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) bmp += static_cast<char>(value >> (8 * i) & 255);
    };
    number(54 + row * height, 4), number(0, 4), number(54, 4);                                      // file header
    number(40, 4), number(width, 4), number(height, 4), number(1, 2), number(24, 2), number(0, 4);  // picture header
    number(row * height, 4), number(2835, 4), number(2835, 4), number(0, 8);
    for (std::size_t y = height; y-- > 0;) {
        for (std::size_t x = 0; x < width; ++x)
            for (std::size_t c = 3; c-- > 0;) bmp += static_cast<char>(rgb[(y * width + x) * 3 + c]);  // blue first
        bmp.append(row - width * 3, '\0');
    }
    return "data:image/bmp;base64," + detail::base64(bmp);
}

}  // namespace octet
