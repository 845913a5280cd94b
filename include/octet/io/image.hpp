// Photographs from files: a JPEG or PNG becomes 8-bit RGB, as PIL's Image.open(path).convert("RGB") makes it.
//
//     octet::Image image = octet::read_image("tulip.jpg");   // image.rgb[(y * image.width + x) * 3 + channel]
//
// PNG pixels are PIL's to the bit. JPEG pixels may differ from it by a few grey levels, because the standard leaves
// the inverse cosine transform and the upsampling of colours to the decoder (stb_image here, libjpeg in PIL); with
// 4:2:2 subsampling stb also takes the colour of one of the last two columns from the wrong neighbour. Grey and
// palettes become RGB; an alpha channel is dropped, not blended; 16 bits are cut to the upper 8 (for 16-bit grey that
// is octet's own choice: PIL turns nearly all of it white). As in PIL and torchvision, a camera's rotation tag (EXIF)
// and colour profiles are not applied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>  // host
#include <memory>      // host
#include <span>
#include <string>        // host
#include <system_error>  // host
#include <vector>        // host

#include "../core/error.hpp"

#include "jpeg_check.hpp"
#include "png_check.hpp"
#include "read_file.hpp"
#include "stb.hpp"

namespace octet {

/// An image of 8-bit RGB pixels, row by row from the top: HWC.
struct Image {
    int height = 0;
    int width = 0;
    std::vector<std::uint8_t> rgb;
};

/// No image may have more pixels than this, neither read nor resized: a few bytes of a broken or hostile
/// header must not claim gigabytes.
inline constexpr std::int64_t max_image_pixels = std::int64_t{64} << 20;

namespace detail {

[[noreturn]] inline void no_image(const std::string& name, const std::string& found) {
    throw Error(name + ": expected a JPEG or PNG image, found " + found);
}

inline std::string first_bytes(std::span<const std::uint8_t> file) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : file.first(std::min(file.size(), std::size_t{4})))
        text += {' ', digits[byte / 16], digits[byte % 16]};
    return text;
}

}  // namespace detail

/// Decodes a JPEG or PNG that is already in memory. `name` stands for it in error messages.
inline Image decode_image(std::span<const std::uint8_t> file, const std::string& name = "image in memory") {
    if (file.empty()) detail::no_image(name, "an empty file");
    if (file.size() > detail::stb_allocation_limit)
        detail::no_image(name, std::to_string(file.size()) + " bytes, more than any image octet reads");
    const bool is_jpeg = detail::is_jpeg(file);
    if (!is_jpeg && !detail::is_png(file))
        detail::no_image(name, "another kind of file, which begins with" + detail::first_bytes(file));
    const auto broken = [&](const char* reason) {
        detail::no_image(name, std::string(is_jpeg ? "a broken JPEG (" : "a broken PNG (") +
                                   (reason != nullptr ? reason : "no reason given") + ")");
    };
    if (const char* flaw = is_jpeg ? detail::jpeg_flaw(file) : detail::png_flaw(file)) broken(flaw);

    const auto* bytes = file.data();
    const int size = static_cast<int>(file.size());
    int width = 0, height = 0, channels = 0;
    if (!detail::stb::stbi_info_from_memory(bytes, size, &width, &height, &channels))
        broken("its header is damaged, or of a rare kind");
    if (width <= 0 || height <= 0 || std::int64_t{width} * height > max_image_pixels)
        detail::no_image(name, std::to_string(width) + " x " + std::to_string(height) + " pixels, where at most " +
                                   std::to_string(max_image_pixels) + " are accepted");

    const std::unique_ptr<std::uint8_t, void (*)(void*)> pixels(
        detail::stb::stbi_load_from_memory(bytes, size, &width, &height, &channels, 3), detail::stb::stbi_image_free);
    if (pixels == nullptr) broken(detail::stb::stbi_failure_reason());
    return {height, width, {pixels.get(), pixels.get() + std::size_t(height) * std::size_t(width) * 3}};
}

/// Reads a JPEG or PNG file. Whatever is wrong with it is one octet::Error that names the file.
inline Image read_image(const std::filesystem::path& path) {
    const std::string name = path.string();
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (status.type() == std::filesystem::file_type::not_found) detail::no_image(name, "no such file");
    if (std::filesystem::is_directory(status)) detail::no_image(name, "a folder");
    const Bytes file = read_file(path);
    return decode_image({reinterpret_cast<const std::uint8_t*>(file.span().data()), file.size()}, name);
}

}  // namespace octet
