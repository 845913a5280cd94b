// The evaluation pipeline against torchvision's own output, see tests/golden/make_preprocess.py. The tolerance that is
// promised is one grey level; what is reached is no difference at all, and that is tested.

#include <octet/io/preprocess.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

namespace fs = std::filesystem;
using octet::Image;

namespace {

const fs::path data = fs::path(OCTET_TEST_DATA) / "pil";

void check_same(const Image& found, const Image& expected) {
    CHECK(found.height == expected.height);
    CHECK(found.width == expected.width);
    REQUIRE(found.rgb.size() == expected.rgb.size());
    int largest = 0;
    std::size_t differing = 0;
    for (std::size_t i = 0; i < found.rgb.size(); ++i) {
        const int d = std::abs(int(found.rgb[i]) - int(expected.rgb[i]));
        largest = std::max(largest, d);
        differing += d != 0;
    }
    CAPTURE(largest, differing, found.rgb.size());
    CHECK(largest <= 1);
    CHECK(differing == 0);
}

Image grey_image(int height, int width) {
    return {height, width, std::vector<std::uint8_t>(std::size_t(height) * std::size_t(width) * 3, 128)};
}

}  // namespace

TEST_CASE("resize_shorter is torchvision's Resize", "[io][preprocess]") {
    std::ifstream cases(data / "resize.txt");
    std::string input, output;
    int size = 0, count = 0;
    while (cases >> input >> size >> output) {
        CAPTURE(input, size);
        check_same(octet::resize_shorter(octet::read_image(data / input), size), octet::read_image(data / output));
        ++count;
    }
    CHECK(count == 26);
}

TEST_CASE("center_crop is torchvision's CenterCrop", "[io][preprocess]") {
    std::ifstream cases(data / "crop.txt");
    std::string input, output;
    int size = 0, count = 0;
    while (cases >> input >> size >> output) {
        CAPTURE(input, size);
        check_same(octet::center_crop(octet::read_image(data / input), size), octet::read_image(data / output));
        ++count;
    }
    CHECK(count == 24);
}

TEST_CASE("the pipeline is torchvision's, one step after the other", "[io][preprocess]") {
    std::ifstream cases(data / "pipeline.txt");
    std::string input, output;
    int resize = 0, crop = 0, count = 0;
    while (cases >> input >> resize >> crop >> output) {
        CAPTURE(input, resize, crop);
        const octet::Preprocess preprocess{.resize = resize, .crop = crop};
        const Image image = octet::read_image(data / input), expected = octet::read_image(data / output);
        check_same(preprocess.pixels(image), expected);
        const bool same_tensor = preprocess(image) == octet::to_tensor(expected);
        CHECK(same_tensor);
        ++count;
    }
    CHECK(count == 4);
}

TEST_CASE("to_tensor gives torch's floats, bit for bit", "[io][preprocess]") {
    Image every_byte{256, 1, {}};
    for (int value = 0; value < 256; ++value) every_byte.rgb.insert(every_byte.rgb.end(), 3, std::uint8_t(value));
    const auto tensor = octet::to_tensor(every_byte);
    REQUIRE(tensor.shape() == std::array<std::size_t, 3>{256, 1, 3});

    std::ifstream stream(data / "normalize.f32", std::ios::binary);
    for (std::size_t value = 0; value < 256; ++value)
        for (std::size_t c = 0; c < 3; ++c) {
            std::uint32_t expected = 0;
            for (int shift = 0; shift < 32; shift += 8) expected |= std::uint32_t(stream.get()) << shift;
            CAPTURE(value, c);
            CHECK(std::bit_cast<std::uint32_t>(tensor(value, 0, c)) == expected);
        }
}

TEST_CASE("the tensor is HWC, 224 x 224 by default", "[io][preprocess]") {
    const auto tensor = octet::Preprocess{}(grey_image(300, 400));
    CHECK(tensor.shape() == std::array<std::size_t, 3>{224, 224, 3});
    for (std::size_t c = 0; c < 3; ++c)
        CHECK(tensor(100, 50, c) == (128 / 255.0f - octet::Normalization{}.mean[c]) / octet::Normalization{}.std[c]);
}

TEST_CASE("an image of the right size is left as it is", "[io][preprocess]") {
    const Image image = octet::read_image(data / "square.png");
    CHECK(octet::resize_shorter(image, 64).rgb == image.rgb);
    CHECK(octet::resize(image, 64, 64).rgb == image.rgb);
    CHECK(octet::center_crop(image, 64).rgb == image.rgb);
}

TEST_CASE("what cannot be preprocessed is an error", "[io][preprocess]") {
    using Catch::Matchers::Message;
    CHECK_THROWS_MATCHES(octet::resize_shorter({}, 256), octet::Error,
                         Message("expected an image, found one of 0 x 0 pixels (height x width)"));
    CHECK_THROWS_MATCHES(octet::center_crop({2, 2, {1, 2, 3}}, 1), octet::Error,
                         Message("an RGB image of 2 x 2 pixels has 12 bytes, found 3"));
    CHECK_THROWS_AS(octet::resize_shorter(grey_image(4, 4), 0), octet::Error);
    CHECK_THROWS_AS(octet::center_crop(grey_image(4, 4), -1), octet::Error);
    CHECK_THROWS_AS(octet::center_crop(grey_image(4, 4), std::numeric_limits<int>::max()), octet::Error);
    CHECK_THROWS_AS(octet::resize(grey_image(4, 4), 1 << 14, 1 << 14), octet::Error);
    CHECK_THROWS_MATCHES(octet::resize_shorter(grey_image(1, 100'000), 256), octet::Error,
                         Message("an image of 25600000 x 256 pixels (height x width) was asked for; octet makes images "
                                 "of 1 to 67108864 pixels"));
    octet::Normalization flat;
    flat.std[1] = 0.0f;
    CHECK_THROWS_AS(octet::to_tensor(grey_image(4, 4), flat), octet::Error);
}
