#include "drawn_flowers.hpp"

namespace drawn_flowers {

octet::Image draw(int kind, std::uint64_t seed) {
    flowers::Picture p = flowers::render(kind, seed);
    octet::Image image;
    image.height = p.height;
    image.width = p.width;
    image.rgb = std::move(p.rgb);
    return image;
}

quantizer::Pictures pictures(std::size_t count, std::uint64_t first_seed) {
    quantizer::Pictures p;
    p.from = "drawn flowers, " + std::to_string(flowers::kinds) + " kinds";
    p.count = count;
    for (int kind = 0; kind < flowers::kinds; ++kind) p.classes.push_back("flower " + std::to_string(kind));
    p.picture = [first_seed](std::size_t i) { return draw(int(i % flowers::kinds), first_seed + i / flowers::kinds); };
    p.label = [](std::size_t i) { return int(i % flowers::kinds); };
    return p;
}

quantizer::Data data(const quantizer::Options& o, int classes) {
    if (classes != flowers::kinds)
        throw octet::Error("the weights " + o.weights.string() + " have " + std::to_string(classes) +
                           " classes, and the drawn flowers " + std::to_string(flowers::kinds) +
                           " kinds; give test images with --data DIR, one folder per class");
    const auto seed = [&o](std::uint64_t first) { return first + std::uint64_t(o.seed); };
    const auto tests = std::size_t(o.images > 0 ? o.images : 1020);
    return {pictures(std::size_t(o.calibration_images), seed(flowers::calibration_seed)),
            pictures(tests, seed(flowers::test_seed))};
}

}  // namespace drawn_flowers
