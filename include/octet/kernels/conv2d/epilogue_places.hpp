// Where an epilogue (epilogue.hpp) finds its values: what it needs of their layouts, as numbers of a program rather
// than of a type, so that layers share an epilogue.
#pragma once

#include <cstddef>

#include "spec.hpp"
#include "weights.hpp"

namespace octet::kernels {

/// Where an epilogue's values lie, in elements.
struct EpiloguePlaces {
    struct Value {
        std::ptrdiff_t first = 0, row = 0, image = 0;  ///< the first pixel; from one row, image to the next
    };
    Value output, residual;
    int channels = 0, width = 0;
    std::ptrdiff_t body = 0;  ///< elements before the tail

    constexpr std::ptrdiff_t at(const Value& v, int y, int x) const { return v.first + y * v.row + x * channels; }
};
/// Where a vector of channels of a pixel lies.
struct EpiloguePlace {
    std::ptrdiff_t output, residual;
    std::ptrdiff_t flat;  ///< the position of its first channel in the tensor
    int left;             ///< channels there are from it on

    EpiloguePlace(const EpiloguePlaces& p, ChannelVector c, int y, int x)
        : output(p.at(p.output, y, x) + c.channel),
          residual(p.at(p.residual, y, x) + c.channel),
          flat((std::ptrdiff_t(y) * p.width + x) * p.channels + c.channel),
          left(c.left) {}
    /// The next pixel.
    void advance(int channels) { output += channels, residual += channels, flat += channels; }
};

/// Where the values of `s` lie, of type `T`; elements from `body` on are the tail.
template <class T>
constexpr EpiloguePlaces epilogue_places(const ConvSpec& s, std::size_t body = 0) {
    const auto value = [](const Layout& l) -> EpiloguePlaces::Value {
        return {l.at(0, 0), l.row(), std::ptrdiff_t(value_bytes(l, sizeof(T) == 1) / sizeof(T))};
    };
    return {value(s.output), value(s.residual), s.channels(), s.output.shape.w, std::ptrdiff_t(body)};
}

}  // namespace octet::kernels
