// The pictures that octet and its peers calibrate with and are timed on: drawn flowers, stored once so that all see the
// same numbers. A .npy file is a line of text and the floats.
#pragma once

#include <drawn_flowers.hpp>
#include <fstream>
#include <octet/io/preprocess.hpp>
#include <string>
#include <vector>

namespace peers {

using Image = xt::xtensor<float, 3>;  // HWC, normalised

/// As many calibration pictures as PyTorch's own recipes take.
inline constexpr std::size_t calibration_images = 100;

inline std::vector<Image> calibration_pictures() {
    const auto drawn = drawn_flowers::pictures(calibration_images, flowers::calibration_seed);
    std::vector<Image> images;
    for (std::size_t i = 0; i < drawn.count; ++i) images.push_back(octet::Preprocess{}(drawn.picture(i)));
    return images;
}

/// The picture that is timed.
inline Image test_picture() { return octet::Preprocess{}(drawn_flowers::draw(37, flowers::test_seed + 5)); }

/// Writes images as one float32 array of shape (images, channels, height, width), which is how PyTorch has them.
inline void write_npy(const std::string& path, const std::vector<Image>& images) {
    const auto& shape = images.front().shape();
    const std::size_t pixels = shape[0] * shape[1];
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(images.size()) +
                         ", 3, " + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + "), }";
    header.append(63 - (10 + header.size()) % 64, ' ').push_back('\n');  // the floats are aligned to 64 bytes
    std::ofstream file(path, std::ios::binary);
    file.write("\x93NUMPY\1\0", 8);
    file.put(char(header.size() % 256)).put(char(header.size() / 256));
    file << header;
    std::vector<float> plane(pixels);
    for (const Image& image : images)
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t i = 0; i < pixels; ++i) plane[i] = image.data()[i * 3 + c];
            file.write(reinterpret_cast<const char*>(plane.data()), std::streamsize(pixels * sizeof(float)));
        }
    if (!file.flush()) throw octet::Error("cannot write " + path);
}

}  // namespace peers
