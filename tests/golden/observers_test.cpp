// Observers against PyTorch's, bit for bit: scales, zero points and, for the histograms, the range they chose.
// The expected numbers are in data/golden/observers.txt, which make_observers.py wrote and explains.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <octet/observe/qconfig.hpp>
#include <sstream>
#include <vector>

#include "catch.hpp"
#include "recipe.hpp"

using namespace octet;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

// One number of a stream; make_observers.py has the same table.
float number(const std::string& kind, std::uint64_t seed, float scale, std::uint64_t i, int batch) {
    const float n = recipe::bell(seed, i);
    if (kind == "normal" || kind == "single") return n * scale;
    if (kind == "relu") return std::max(n * scale, 0.0f);
    if (kind == "cubed") return n * n * n * scale;
    if (kind == "constant") return scale;
    if (kind == "steps") return batch < 2 ? scale : scale * -3.0f;
    if (kind == "shifted") return (std::abs(n) + 1.0f) * scale;
    if (kind == "tiny") return n * scale * 0x1p-34f;
    if (kind == "growing") return n * scale * static_cast<float>((batch + 1) * (batch + 1));
    if (kind == "shrinking") return n * scale * std::ldexp(1.0f, -batch);
    if (kind == "negative") return -std::abs(n) * scale;
    if (kind == "sparse") return recipe::unit(seed + 1, i) < 0.9f ? 0.0f : n * n * n * scale;
    if (kind == "flat") return recipe::unit(seed, i) * scale;
    if (kind == "infinite") return recipe::word(seed + 1, i) % 97 == 0 ? inf : n * scale;
    FAIL("no such kind of stream: " << kind);
    return 0.0f;
}

float read_bits(std::istream& in) {
    std::string hex;
    in >> hex;
    return recipe::from_bits(hex);
}

template <class O>
void check(const std::vector<std::vector<float>>& batches, std::istream& expected) {
    O observer;
    for (const auto& batch : batches) observer.observe(batch);
    const QParams p = observer.qparams();
    const float scale = read_bits(expected);
    int zero_point = 0;
    expected >> zero_point;
    CHECK(p.scale == scale);
    CHECK(p.zero_point == zero_point);
    if constexpr (HasHistogram<O>) {
        const HistogramView h = observer.histogram();
        const float lo = read_bits(expected), hi = read_bits(expected);
        CHECK(h.chosen_min == lo);
        CHECK(h.chosen_max == hi);
    }
}

// The lines of the file that begin with `word`, without it.
std::vector<std::string> lines(const std::string& word) {
    std::ifstream file(OCTET_TEST_DATA "/golden/observers.txt");
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(word + " ")) found.push_back(line.substr(word.size() + 1));
    return found;
}

}  // namespace

TEST_CASE("activation observers give PyTorch's scales and zero points") {
    const auto streams = lines("stream");
    REQUIRE(streams.size() == 112);
    int checked = 0;
    for (const std::string& line : streams) {
        INFO(line);
        std::istringstream in(line);
        std::string kind;
        std::uint64_t seed = 0, first = 0;
        in >> kind >> seed;
        const float scale = read_bits(in);
        std::size_t count = 0;
        in >> count;
        std::vector<std::vector<float>> batches(count);
        for (std::size_t b = 0; b < count; ++b) {
            std::size_t size = 0;
            in >> size;
            for (std::size_t i = 0; i < size; ++i) batches[b].push_back(number(kind, seed, scale, first + i, int(b)));
            first += size;
        }
        for (std::string observer; in >> observer; ++checked) {
            INFO(observer);
            if (observer == "histogram")
                check<HistogramObserver<quint8_affine>>(batches, in);
            else if (observer == "histogram_reduced")
                check<HistogramObserver<quint8_affine_reduced>>(batches, in);
            else if (observer == "minmax")
                check<MinMaxObserver<quint8_affine>>(batches, in);
            else if (observer == "minmax_reduced")
                check<MinMaxObserver<quint8_affine_reduced>>(batches, in);
            else if (observer == "minmax_symmetric")
                check<MinMaxObserver<qint8_symmetric>>(batches, in);
            else if (observer == "moving")
                check<MovingAverageMinMaxObserver<quint8_affine>>(batches, in);
            else
                FAIL("no such observer");
        }
    }
    CHECK(checked == 640);
}

TEST_CASE("weight observers give PyTorch's scale for each channel") {
    const auto weights = lines("weight");
    REQUIRE(weights.size() == 28);
    for (const std::string& line : weights) {
        INFO(line);
        std::istringstream in(line);
        std::string kind;
        std::uint64_t seed = 0;
        in >> kind >> seed;
        const float scale = read_bits(in);
        int channels = 0, row = 0;
        in >> channels >> row;
        std::vector<float> weight;
        for (int i = 0; i < channels * row; ++i) weight.push_back(number(kind, seed, scale, std::uint64_t(i), 0));
        const auto found = weight_qparams<PerChannelMinMaxObserver<qint8_symmetric>>(weight, channels);
        REQUIRE(found.size() == std::size_t(channels));
        for (const QParams& p : found) {
            CHECK(p.scale == read_bits(in));
            CHECK(p.zero_point == 0);
        }
    }
}
