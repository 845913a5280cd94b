#include "images.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <octet/core/error.hpp>
#include <octet/io/image_folder.hpp>
#include <random>

namespace quantizer {

namespace {

/// `things` in an order that depends on the seed alone. (std::shuffle differs between standard libraries.)
template <class T>
void shuffle(std::vector<T>& things, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t i = things.size(); i > 1; --i) std::swap(things[i - 1], things[std::size_t(random() % i)]);
}

Pictures from_samples(const std::filesystem::path& folder, std::vector<std::string> classes,
                      std::vector<octet::ImageFolder::Sample> samples) {
    Pictures p;
    p.from = folder.string();
    p.count = samples.size();
    p.classes = std::move(classes);
    p.label = [samples](std::size_t i) { return samples[i].label; };
    p.picture = [samples = std::move(samples)](std::size_t i) { return octet::read_image(samples[i].path); };
    return p;
}

/// The pictures of --data: some to test on and, unless there is --calibration-data, others to calibrate with.
Data from_folder(const Options& o, int classes) {
    octet::ImageFolder folder = octet::read_image_folder(o.data);
    if (int(folder.classes.size()) != classes)
        throw octet::Error("--data " + o.data.string() + " has " + std::to_string(folder.classes.size()) +
                           " class folders, and the weights " + o.weights.string() + " have " +
                           std::to_string(classes) +
                           " classes; expected as many folders as classes, in the order "
                           "of their names");
    shuffle(folder.samples, std::uint64_t(o.seed));
    std::vector<octet::ImageFolder::Sample> spare;
    if (o.calibration_data.empty()) {
        const std::size_t n = std::min(std::size_t(o.calibration_images), folder.samples.size() / 2);
        spare.assign(folder.samples.end() - std::ptrdiff_t(n), folder.samples.end());
        folder.samples.resize(folder.samples.size() - n);
    }
    if (o.images > 0 && std::size_t(o.images) < folder.samples.size()) folder.samples.resize(std::size_t(o.images));
    Data data;
    data.calibration = from_samples(o.data, folder.classes, std::move(spare));
    data.test = from_samples(o.data, std::move(folder.classes), std::move(folder.samples));
    return data;
}

octet::Image pixels(const Preparation& p, const octet::Image& picture) {
    if (p.input.h != p.input.w) return octet::resize(picture, p.input.h, p.input.w);
    octet::Image square = octet::center_crop(octet::resize_shorter(picture, p.resize), p.crop);
    return p.crop == p.input.h ? square : octet::resize(square, p.input.h, p.input.w);
}

// The weights of ITU-R 601 in 16 bits, as Pillow's convert("L") has them.
octet::Image luminance(octet::Image picture) {
    for (std::size_t i = 0; i + 2 < picture.rgb.size(); i += 3) {
        std::uint8_t* p = &picture.rgb[i];
        const unsigned grey = (19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16;
        std::fill_n(p, 3, static_cast<std::uint8_t>(grey));
    }
    return picture;
}

/// The numbers of an option if it was given, else those that the weights file's metadata has under `key`, else `usual`.
std::array<float, 3> by_channel(const std::vector<float>& given, const octet::TensorFile& weights,
                                const std::string& key, std::array<float, 3> usual) {
    if (!given.empty()) {
        for (std::size_t c = 0; c < 3; ++c) usual[c] = given[c % given.size()];
        return usual;
    }
    const auto found = weights.metadata().find(key);
    if (found == weights.metadata().end()) return usual;
    const std::string& text = found->second;
    const char *at = text.data(), *const end = at + text.size();
    for (std::size_t c = 0; c < 3; ++c) {
        const auto [next, error] = std::from_chars(at, end, usual[c]);
        if (error != std::errc{} || (c < 2 ? next == end || *next != ',' : next != end))
            throw octet::Error(weights.path().string() + ": metadata " + key +
                               ": expected three numbers with commas between, found \"" + text + "\"; give --" + key);
        at = next + 1;
    }
    return usual;
}

}  // namespace

Data gather_data(const Options& o, const Defaults& defaults, int classes) {
    if (o.data.empty() && !defaults.pictures)
        throw octet::Error("--data is needed: a folder of test images with one folder per class, " +
                           std::to_string(classes) + " as the network has outputs, in the order of their names");
    Data data = o.data.empty() ? defaults.pictures(o, classes) : from_folder(o, classes);
    if (!o.calibration_data.empty()) {
        std::vector<octet::ImageFolder::Sample> samples;
        for (const auto& path : octet::list_images(o.calibration_data)) samples.push_back({path, -1});
        shuffle(samples, std::uint64_t(o.seed));
        if (std::size_t(o.calibration_images) < samples.size()) samples.resize(std::size_t(o.calibration_images));
        data.calibration = from_samples(o.calibration_data, {}, std::move(samples));
    }
    return data;
}

Tensor3 Preparation::operator()(const octet::Image& picture) const {
    if (input.c == 3) return octet::to_tensor(pixels(*this, picture), normalization);
    const Tensor3 grey = octet::to_tensor(pixels(*this, luminance(picture)), normalization);
    Tensor3 one = Tensor3::from_shape({grey.shape()[0], grey.shape()[1], 1});
    for (std::size_t i = 0; i < one.size(); ++i) one.data()[i] = grey.data()[3 * i];
    return one;
}

Preparation preparation(const Options& o, const octet::TensorFile& weights, octet::Shape input) {
    const octet::Normalization usual;
    Preparation p{input};
    p.resize = o.resize > 0 ? o.resize : input.h < 128 ? input.h : input.h * 8 / 7;  // 256 for 224
    p.crop = o.crop > 0 ? o.crop : input.h;
    p.normalization = {by_channel(o.mean, weights, "mean", usual.mean), by_channel(o.std, weights, "std", usual.std)};
    return p;
}

}  // namespace quantizer
