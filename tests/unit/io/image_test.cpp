// Decoding: PNG is PIL's to the bit, JPEG within what the standard leaves open, and no file, however broken, does more
// than throw one octet::Error that names it.

// A program may use stb itself, before octet and after it; octet must neither notice nor disturb it.
#if __has_include(<stb/stb_image.h>)
#include <stb/stb_image.h>
#else
#include <stb_image.h>
#endif

#include <octet/io/image.hpp>

#if defined(STB_IMAGE_IMPLEMENTATION) || defined(STB_IMAGE_STATIC) || defined(STBI_ONLY_PNG) || \
    defined(STBI_MALLOC) || defined(stbi__err) || defined(FAST_BITS) || !defined(STBI_INCLUDE_STB_IMAGE_H)
#error octet/io/image.hpp changed a macro of stb
#endif

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"

namespace fs = std::filesystem;
using octet::Image;

namespace {

const fs::path data = fs::path(OCTET_TEST_DATA) / "pil" / "decode";

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    REQUIRE(stream);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct Difference {
    int largest = 0;
    std::size_t count = 0;
    double mean = 0;
};

/// Between two images of the same size, without the last `columns` of them.
Difference difference(const Image& a, const std::vector<std::uint8_t>& b, int columns) {
    REQUIRE(a.rgb.size() == b.size());
    Difference result;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const int x = int(i / 3 % std::size_t(a.width));
        if (x >= a.width - columns) continue;
        const int d = std::abs(int(a.rgb[i]) - int(b[i]));
        result.largest = std::max(result.largest, d);
        result.count += d != 0;
        result.mean += d;
    }
    result.mean /= double(b.size());
    return result;
}

std::string message_of(const fs::path& path) {
    try {
        octet::read_image(path);
    } catch (const octet::Error& error) {
        return error.what();
    }
    return "no error";
}

/// A file that is removed again.
struct TemporaryFile {
    fs::path path;
    TemporaryFile(const std::string& name, const std::vector<std::uint8_t>& content)
        : path(fs::temp_directory_path() / name) {
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(content.data()), std::streamsize(content.size()));
    }
    ~TemporaryFile() { fs::remove(path); }
};

}  // namespace

TEST_CASE("a PNG has the pixels PIL gives it", "[io][image]") {
    for (const std::string name :
         {"rgb", "grey", "bilevel", "grey2", "grey_alpha", "rgba", "palette", "palette4", "palette_transparent",
          "rgb_transparent", "rgb16", "rgba16", "grey_alpha16", "grey16"}) {
        CAPTURE(name);
        const Image image = octet::read_image(data / (name + ".png"));
        const bool deep = name.ends_with("16"), packed = name == "grey2";
        CHECK(image.width == (deep ? 17 : packed ? 20 : 43));
        CHECK(image.height == (deep || packed ? 11 : 29));
        CHECK(image.rgb == bytes_of(data / (name + ".png.rgb")));
    }
}

TEST_CASE("a JPEG has PIL's pixels within a few grey levels", "[io][image]") {
    for (const std::string name :
         {"444", "422", "420", "420_coarse", "progressive", "progressive_444", "restarts", "grey", "cmyk"}) {
        const Image image = octet::read_image(data / (name + ".jpg"));
        CHECK(image.width == 75);
        CHECK(image.height == 61);
        const int wrong_columns = name == "422" ? 2 : 0;  // see image.hpp
        const Difference d = difference(image, bytes_of(data / (name + ".jpg.rgb")), wrong_columns);
        CAPTURE(name, d.largest, d.count, d.mean);
        CHECK(d.largest <= 4);
        CHECK(d.mean <= 0.25);
    }
}

TEST_CASE("an image that cannot be read is an error that names it", "[io][image]") {
    const auto expected = [](const fs::path& path) { return path.string() + ": expected a JPEG or PNG image, found "; };
    CHECK(message_of(data / "none.png") == expected(data / "none.png") + "no such file");
    CHECK(message_of(data) == expected(data) + "a folder");

    const TemporaryFile empty("octet_empty.jpg", {});
    CHECK(message_of(empty.path) == expected(empty.path) + "an empty file");

    const TemporaryFile text("octet_text.png", {'h', 'e', 'l', 'l', 'o', '\n'});
    CHECK(message_of(text.path) == expected(text.path) + "another kind of file, which begins with 68 65 6c 6c");

    auto broken = bytes_of(data / "rgb.png");
    broken[broken.size() / 2] ^= 4;
    const TemporaryFile file("octet_broken.png", broken);
    CHECK(message_of(file.path) == expected(file.path) + "a broken PNG (a chunk does not match its CRC)");
}

TEST_CASE("a header cannot claim more memory than an image may have", "[io][image]") {
    auto png = bytes_of(data / "rgb.png");
    REQUIRE(png.size() > 24);
    png[18] = 0x40;  // the width is a big-endian number at 16, the height one at 20
    png[22] = 0x20;
    const std::uint32_t crc = octet::crc32(std::as_bytes(std::span(png).subspan(12, 17)));
    for (std::size_t i = 0; i < 4; ++i) png[29 + i] = std::uint8_t(crc >> (24 - 8 * i));
    const TemporaryFile file("octet_huge.png", png);
    CHECK(message_of(file.path) == file.path.string() +
                                       ": expected a JPEG or PNG image, found 16427 x 8221 pixels, "
                                       "where at most 67108864 are accepted");
}

TEST_CASE("what stb would take on trust is checked first", "[io][image]") {
    const auto whole = bytes_of(data / "420.jpg");
    const auto segment = [&](std::uint8_t marker) {
        const std::uint8_t start[] = {0xff, marker};
        const auto found = std::search(whole.begin(), whole.end(), std::begin(start), std::end(start));
        REQUIRE(found != whole.end());
        return std::size_t(found - whole.begin());
    };
    const auto message = [](const std::vector<std::uint8_t>& file) -> std::string {
        try {
            octet::decode_image(file, "x.jpg");
        } catch (const octet::Error& error) {
            return error.what();
        }
        return "no error";
    };
    const std::string start = "x.jpg: expected a JPEG or PNG image, found a broken JPEG (";
    REQUIRE(message(whole) == "no error");

    auto table = whole;
    for (std::size_t i = 0; i < 16; ++i) table[segment(0xc4) + 5 + i] = 255;  // counts of codes: 4080 in all
    CHECK(message(table) == start + "a Huffman table has more codes than it may)");

    auto sampling = whole;
    sampling[segment(0xc0) + 11] = 0x32;  // the first of three components, then
    sampling[segment(0xc0) + 14] = 0x21;
    CHECK(message(sampling) == start + "its sampling factors do not fit together)");

    CHECK(message({whole.begin(), whole.end() - 2}) == start + "it stops before its end marker; was it cut short?)");
}

TEST_CASE("a file that was cut short is an error, wherever it was cut", "[io][image]") {
    for (const std::string name : {"420.jpg", "progressive.jpg", "restarts.jpg", "rgb.png", "palette4.png"}) {
        CAPTURE(name);
        const auto whole = bytes_of(data / name);
        std::size_t accepted = 0;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            try {
                octet::decode_image(std::span(whole).first(size));
                ++accepted;
            } catch (const octet::Error&) {
            }
        }
        CHECK(accepted == 0);
    }
}

TEST_CASE("a damaged file gives an error or an image, never anything else", "[io][image]") {
    std::uint32_t random = 1;
    for (const std::string name : {"420.jpg", "progressive.jpg", "cmyk.jpg", "rgba.png", "palette4.png"}) {
        const auto whole = bytes_of(data / name);
        for (int round = 0; round < 200; ++round) {
            auto damaged = whole;
            for (int i = 0; i < 3; ++i) {
                random = random * 1664525u + 1013904223u;
                damaged[(random >> 8) % damaged.size()] = std::uint8_t(random);
            }
            try {
                const Image image = octet::decode_image(damaged);
                CHECK(image.rgb.size() == std::size_t(image.height) * std::size_t(image.width) * 3);
            } catch (const octet::Error&) {
            }
        }
    }
}
