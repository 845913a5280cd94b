// Where pictures come from, folders of photographs or whatever a program has instead, and how they become tensors.
#pragma once

#include <functional>
#include <octet/io/image.hpp>
#include <octet/io/preprocess.hpp>
#include <octet/io/tensor_file.hpp>
#include <string>
#include <vector>

#include "options.hpp"

namespace quantizer {

using Tensor3 = xt::xtensor<float, 3>;

/// Pictures by number, with labels (-1: not labelled).
struct Pictures {
    std::string from;  ///< where they come from, for people
    std::size_t count = 0;
    std::vector<std::string> classes;
    std::function<octet::Image(std::size_t)> picture;
    std::function<int(std::size_t)> label = [](std::size_t) { return -1; };
};

/// Pictures to calibrate with and others to test on.
struct Data {
    Pictures calibration, test;
};

/// The pictures the options ask for, for a network with `classes` outputs.
Data gather_data(const Options& o, const Defaults& defaults, int classes);

/// From a picture to the tensor a network reads: colours or, for one channel, their luminance.
///
/// A square network: the shorter side becomes `resize` pixels, a square of `crop` is cut from the middle, and reduced
/// to the network's side if it is not that. Any other: the whole picture, pulled to the network's height and width.
struct Preparation {
    octet::Shape input;
    int resize = 0, crop = 0;
    octet::Normalization normalization{};

    Tensor3 operator()(const octet::Image& picture) const;
};

/// The preparation that the options and the weights file ask for.
Preparation preparation(const Options& o, const octet::TensorFile& weights, octet::Shape input);

}  // namespace quantizer
