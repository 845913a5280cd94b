// One side of check_quantized.py, which compiles it with NET, a network's type, QCONFIG, a qconfig's, and HEADER, where
// the network is.
//
//     run_int8 load INT8 IMAGES                   the logits of an int8 file
//     run_int8 convert FLOAT CALIBRATION INT8 IMAGES    makes the int8 file from a float one first
//
// IMAGES and CALIBRATION are float32, HWC, one image behind the other. Prints a line of logits for each image, as the
// bits of float32 in hex.
#include <bit>
#include <cstdio>
#include <exception>
#include <fstream>
#include <octet/octet.hpp>
#include <string>
#include <vector>

#include HEADER

using namespace octet;
using Net = NET;
using Int8 = QuantizedModel<Net, QCONFIG>;

namespace {

std::vector<xt::xtensor<float, 3>> images(const std::string& path) {
    constexpr Shape shape = Int8::input_shape;
    auto image = xt::xtensor<float, 3>::from_shape({std::size_t(shape.h), std::size_t(shape.w), std::size_t(shape.c)});
    std::vector<xt::xtensor<float, 3>> all;
    std::ifstream in(path, std::ios::binary);
    const auto bytes = std::streamsize(image.size() * sizeof(float));
    while (in.read(reinterpret_cast<char*>(image.data()), bytes)) all.push_back(image);
    return all;
}

void print_logits(const std::string& int8, const std::string& path) {
    auto model = load<Int8>(int8);
    for (const auto& image : images(path)) {
        for (const float logit : model(image)) std::printf("%08x ", std::bit_cast<unsigned>(logit));
        std::printf("\n");
    }
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.at(0) == "convert") {
        const auto prepared = prepare<QCONFIG>(load<FloatModel<Net>>(arguments.at(1)));
        save(convert(calibrate(prepared, images(arguments.at(2)))), arguments.at(3));
        print_logits(arguments.at(3), arguments.at(4));
    } else {
        print_logits(arguments.at(1), arguments.at(2));
    }
} catch (const std::exception& error) {
    std::fprintf(stderr, "run_int8: %s\n", error.what());
    return 1;
}
