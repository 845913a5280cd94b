// Whole networks with the weights, images and expected numbers of make_networks.py.
#pragma once

#include <cmath>
#include <fstream>
#include <octet/io/crc32.hpp>
#include <octet/octet.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "recipe.hpp"

namespace golden {

using Words = std::vector<std::string>;
using Tensor3 = xt::xtensor<float, 3>;

/// The lines of data/golden/networks_NAME.txt as words.
class NetworkFile {
public:
    explicit NetworkFile(const std::string& name) {
        std::ifstream file(OCTET_TEST_DATA "/golden/networks_" + name + ".txt");
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with("#")) continue;
            std::istringstream in(line);
            Words words;
            for (std::string word; in >> word;) words.push_back(word);
            lines_.push_back(words);
        }
        if (lines_.empty()) throw std::runtime_error("no golden file networks_" + name + ".txt");
    }
    /// What follows `beginning` in each line that has it.
    std::vector<Words> lines(const Words& beginning) const {
        std::vector<Words> found;
        for (const Words& line : lines_)
            if (line.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), line.begin()))
                found.emplace_back(line.begin() + std::ptrdiff_t(beginning.size()), line.end());
        return found;
    }

private:
    std::vector<Words> lines_;
};

inline std::uint32_t from_hex(const std::string& hex) {
    return static_cast<std::uint32_t>(std::stoul(hex, nullptr, 16));
}

inline std::vector<float> floats(const Words& words, std::size_t first) {
    std::vector<float> values;
    for (std::size_t i = first; i < words.size(); ++i) values.push_back(recipe::from_bits(words[i]));
    return values;
}

template <class T>
std::uint32_t crc(const std::vector<T>& values, std::uint32_t before = 0) {
    return octet::crc32(std::as_bytes(std::span(values)), before);
}

/// Weights as make_networks.py makes them.
template <class Net>
octet::FloatModel<Net> network() {
    using Model = octet::FloatModel<Net>;
    Model model;
    for (int t = 0; t < Model::tensors.count; ++t) {
        const octet::TensorSlot& slot = Model::tensors.slots[std::size_t(t)];
        const std::string_view name = slot.name.view();
        const std::uint64_t seed = recipe::seed_of(name);
        const double fan_in = double(slot.size) / double(slot.shape[0]);
        const auto he = static_cast<float>(std::sqrt(2.0 / fan_in));
        for (std::size_t i = 0; i < slot.size; ++i) {
            float& x = model.tensor(t)[i];
            if (slot.rank > 1)
                x = recipe::bell(seed, i) * he;
            else if (name.ends_with("running_var"))
                x = recipe::unit(seed, i) + 0.5f;
            else if (name.ends_with("weight"))
                x = recipe::unit(seed, i) + 0.25f;
            else
                x = recipe::bell(seed, i) * 0.125f;
        }
    }
    model.pack();
    return model;
}

/// Image number `number` of make_networks.py.
inline Tensor3 image(int side, int number) {
    const std::uint64_t seed = recipe::seed_of("image " + std::to_string(side) + " " + std::to_string(number));
    const auto n = std::size_t(side), blocks = n / 8;
    Tensor3 pixels = Tensor3::from_shape({n, n, 3});
    for (std::size_t y = 0; y < n; ++y)
        for (std::size_t x = 0; x < n; ++x)
            for (std::size_t c = 0; c < 3; ++c)
                pixels(y, x, c) = recipe::bell(seed, (y / 8 * blocks + x / 8) * 3 + c) +
                                  recipe::bell(seed + 1, (y * n + x) * 3 + c) * 0.5f;
    return pixels;
}

}  // namespace golden
