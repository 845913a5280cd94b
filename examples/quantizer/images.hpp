// Where pictures come from: folders of photographs, or flowers drawn on the spot when there are none.
#pragma once

#include <algorithm>
#include <functional>
#include <octet/core/error.hpp>
#include <octet/io/image.hpp>
#include <octet/io/image_folder.hpp>
#include <random>
#include <string>
#include <vector>

#include "../flowers.hpp"
#include "options.hpp"

namespace quantizer {

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

inline octet::Image draw(int kind, std::uint64_t seed) {
    flowers::Picture p = flowers::render(kind, seed);
    octet::Image image;
    image.height = p.height;
    image.width = p.width;
    image.rgb = std::move(p.rgb);
    return image;
}

/// `count` drawn flowers, one of each kind in turn, from `first_seed` on.
inline Pictures drawn(std::size_t count, std::uint64_t first_seed) {
    Pictures p;
    p.from = "drawn flowers, " + std::to_string(flowers::kinds) + " kinds";
    p.count = count;
    for (int kind = 0; kind < flowers::kinds; ++kind) p.classes.push_back("flower " + std::to_string(kind));
    p.picture = [first_seed](std::size_t i) { return draw(int(i % flowers::kinds), first_seed + i / flowers::kinds); };
    p.label = [](std::size_t i) { return int(i % flowers::kinds); };
    return p;
}

/// `things` in an order that depends on the seed alone. (std::shuffle differs between standard libraries.)
template <class T>
void shuffle(std::vector<T>& things, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t i = things.size(); i > 1; --i) std::swap(things[i - 1], things[std::size_t(random() % i)]);
}

// Seeds are counted on from octet's own first ones.
inline std::uint64_t seed_of(std::uint64_t first, const Options& o) { return first + std::uint64_t(o.seed); }

inline Pictures from_samples(const std::filesystem::path& folder, std::vector<std::string> classes,
                             std::vector<octet::ImageFolder::Sample> samples) {
    Pictures p;
    p.from = folder.string();
    p.count = samples.size();
    p.classes = std::move(classes);
    p.label = [samples](std::size_t i) { return samples[i].label; };
    p.picture = [samples = std::move(samples)](std::size_t i) { return octet::read_image(samples[i].path); };
    return p;
}

/// The pictures the options ask for, for a network with `classes` classes.
inline Data gather_data(const Options& o, int classes) {
    const auto calibration = std::size_t(o.calibration_images), images = std::size_t(o.images);
    if (o.data.empty() && classes != flowers::kinds)
        throw octet::Error("the weights " + o.weights.string() + " have " + std::to_string(classes) +
                           " classes, and the drawn flowers " + std::to_string(flowers::kinds) +
                           " kinds; give test images with --data DIR, one folder per class");
    Data data;
    std::vector<octet::ImageFolder::Sample> spare;  // of the test folder, for calibration
    if (o.data.empty()) {
        data.test = drawn(images > 0 ? images : 1020, seed_of(flowers::test_seed, o));
    } else {
        octet::ImageFolder folder = octet::read_image_folder(o.data);
        if (int(folder.classes.size()) != classes)
            throw octet::Error("--data " + o.data.string() + " has " + std::to_string(folder.classes.size()) +
                               " class folders, and the weights " + o.weights.string() + " have " +
                               std::to_string(classes) +
                               " classes; expected as many folders as classes, in the order "
                               "of their names");
        shuffle(folder.samples, std::uint64_t(o.seed));
        if (o.calibration_data.empty()) {
            const std::size_t n = std::min(calibration, folder.samples.size() / 2);
            spare.assign(folder.samples.end() - std::ptrdiff_t(n), folder.samples.end());
            folder.samples.resize(folder.samples.size() - n);
        }
        if (images > 0 && images < folder.samples.size()) folder.samples.resize(images);
        data.test = from_samples(o.data, folder.classes, std::move(folder.samples));
    }
    if (!o.calibration_data.empty()) {
        std::vector<octet::ImageFolder::Sample> samples;
        for (const auto& path : octet::list_images(o.calibration_data)) samples.push_back({path, -1});
        shuffle(samples, std::uint64_t(o.seed));
        if (calibration < samples.size()) samples.resize(calibration);
        data.calibration = from_samples(o.calibration_data, {}, std::move(samples));
    } else if (o.data.empty()) {
        data.calibration = drawn(calibration, seed_of(flowers::calibration_seed, o));
    } else {
        data.calibration = from_samples(o.data, data.test.classes, std::move(spare));
    }
    return data;
}

}  // namespace quantizer
