// Pictures for a network that knows octet's 102 kinds of drawn flower: as many as one likes, and no file.
#pragma once

#include "flowers.hpp"
#include "quantizer/images.hpp"

namespace drawn_flowers {

/// Kind `kind` as the picture that `seed` gives.
octet::Image draw(int kind, std::uint64_t seed);

/// `count` drawn flowers, one of each kind in turn, from `first_seed` on.
quantizer::Pictures pictures(std::size_t count, std::uint64_t first_seed);

/// A quantizer's pictures without --data. Seeds are counted on from flowers.hpp's own first ones.
quantizer::Data data(const quantizer::Options& o, int classes);

}  // namespace drawn_flowers
