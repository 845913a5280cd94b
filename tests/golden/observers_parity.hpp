// Observers compared with PyTorch's, bit for bit: compare_observers goes through data/golden/observers*.txt, which
// make_observers.py wrote and explains.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <octet/io/crc32.hpp>
#include <octet/observe/fixed_qparams.hpp>
#include <octet/observe/histogram.hpp>
#include <octet/observe/histogram_1_13.hpp>
#include <octet/observe/min_max.hpp>
#include <octet/observe/moving_average_min_max.hpp>
#include <octet/observe/moving_average_per_channel_min_max.hpp>
#include <octet/observe/per_channel_min_max.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "recipe.hpp"

namespace golden {

/// The scheme of this number: bits, lowest first, are qint8, symmetric, reduced, custom range, eps.
constexpr octet::QScheme observer_scheme(int number) {
    using namespace octet;
    const bool is_signed = number & 1, symmetric = number & 2;
    QScheme s =
        is_signed ? (symmetric ? qint8_symmetric : qint8_affine) : (symmetric ? quint8_symmetric : quint8_affine);
    if (number & 4) s = reduced(s);
    if (number & 8) s = is_signed ? with_range(s, -127, 127) : with_range(s, 0, 201);
    if (number & 16) s = with_eps(s, 0x1p-12f);
    return s;
}

/// A golden tensor: a stream of batches or, if it has channels, a weight of which batches are seen.
struct ObservedTensor {
    std::string name;
    std::vector<std::vector<float>> batches;
    int channels = 0;
};

namespace detail {

inline constexpr int schemes = 32;
// quint8, symmetric, reduced: only the histogram observer takes it, as in PyTorch.
inline constexpr bool min_max_takes(int scheme) { return (scheme & 7) != 6; }

/// One number of a stream; make_observers.py has the same table.
inline float number(const std::string& kind, std::uint64_t seed, float scale, std::uint64_t i, int batch) {
    constexpr float inf = std::numeric_limits<float>::infinity();
    const float n = recipe::bell(seed, i);
    if (kind == "normal" || kind == "single" || kind == "gaps") return n * scale;
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
    if (kind == "whole") return std::nearbyint(n * 64.0f);
    if (kind == "zero") return 0.0f;
    if (kind == "denormal") return n * scale * 0x1p-140f;
    if (kind == "infinite") return recipe::word(seed + 1, i) % 97 == 0 ? inf : n * scale;
    if (kind == "unbounded") return recipe::word(seed + 1, i) % 97 == 0 ? std::copysign(inf, n) : n * scale;
    if (kind == "huge") return n * 0.25f * std::numeric_limits<float>::max();
    throw std::runtime_error("golden file of observers: no kind of stream " + kind);
}

inline float read_bits(std::istream& in) {
    std::string hex;
    in >> hex;
    return recipe::from_bits(hex);
}

inline ObservedTensor read_tensor(const std::string& line) {
    ObservedTensor tensor;
    tensor.name = line;
    std::istringstream in(line);
    std::string what, kind;
    std::uint64_t seed = 0, first = 0;
    in >> what;
    if (what == "fixed") return tensor;
    in >> kind >> seed;
    const float scale = read_bits(in);
    std::size_t count = 0, row = 0;
    in >> count;
    std::vector<std::size_t> sizes(count);
    if (what == "stream") {
        for (std::size_t& size : sizes) in >> size;
    } else {
        in >> tensor.channels >> row;
        sizes.assign(count, std::size_t(tensor.channels) * row);
    }
    for (std::size_t b = 0; b < count; ++b) {
        std::vector<float>& batch = tensor.batches.emplace_back();
        for (std::size_t i = 0; i < sizes[b]; ++i) batch.push_back(number(kind, seed, scale, first + i, int(b)));
        first += sizes[b];
    }
    if (!in) throw std::runtime_error("golden file of observers: cannot read " + line);
    return tensor;
}

/// What octet finds, as the integers that the golden file has: bits of floats, and zero points.
using Integers = std::vector<std::uint32_t>;

inline void append(Integers& found, float x) { found.push_back(std::bit_cast<std::uint32_t>(x)); }
inline void append(Integers& found, const octet::QParams& p) {
    append(found, p.scale);
    found.push_back(static_cast<std::uint32_t>(p.zero_point));
}

template <class O>
Integers observe(const ObservedTensor& tensor) {
    Integers found;
    O observer;
    if constexpr (octet::Observer<O>) {
        for (const auto& batch : tensor.batches) observer.observe(batch);
        append(found, observer.qparams());
    } else {
        for (const auto& batch : tensor.batches) observer.observe(batch, tensor.channels);
        for (const octet::QParams& p : observer.channel_qparams()) append(found, p);
    }
    return found;
}

template <class O>
Integers observe_histogram(const ObservedTensor& tensor) {
    Integers found;
    O observer;
    for (const auto& batch : tensor.batches) observer.observe(batch);
    const octet::HistogramView histogram = observer.histogram();
    append(found, histogram.chosen_min);
    append(found, histogram.chosen_max);
    found.push_back(octet::crc32(std::as_bytes(histogram.counts)));
    return found;
}

/// One of PyTorch's observers: octet's for each scheme, and the histogram it keeps.
struct Entry {
    using Function = Integers (*)(const ObservedTensor&);
    std::array<Function, schemes> by_scheme{};  ///< null where the observer does not take the scheme
    Function histogram = nullptr;               ///< null where it keeps none
};

// `make<Scheme>()` gives the observer.
template <bool IsHistogram, class Make>
Entry entry(Make) {
    Entry e;
    const auto add = [&]<int Number>(std::integral_constant<int, Number>) {
        if constexpr (IsHistogram || min_max_takes(Number))
            e.by_scheme[Number] = observe<decltype(Make{}.template operator()<observer_scheme(Number)>())>;
    };
    [&]<int... Number>(std::integer_sequence<int, Number...>) { (add(std::integral_constant<int, Number>{}), ...); }
    (std::make_integer_sequence<int, schemes>{});
    if constexpr (IsHistogram)
        e.histogram = observe_histogram<decltype(Make{}.template operator()<octet::quint8_affine>())>;
    return e;
}

inline const Entry& find_observer(const std::string& name) {
    using namespace octet;
    constexpr bool min_max = false, histogram = true;
    static const std::map<std::string, Entry> all{
        {"MinMaxObserver", entry<min_max>([]<QScheme S>() { return MinMaxObserver<S>(); })},
        {"MovingAverageMinMaxObserver", entry<min_max>([]<QScheme S>() { return MovingAverageMinMaxObserver<S>(); })},
        {"MovingAverageMinMaxObserver(0.3)",
         entry<min_max>([]<QScheme S>() { return MovingAverageMinMaxObserver<S, 0.3>(); })},
        {"PerChannelMinMaxObserver", entry<min_max>([]<QScheme S>() { return PerChannelMinMaxObserver<S>(); })},
        {"MovingAveragePerChannelMinMaxObserver",
         entry<min_max>([]<QScheme S>() { return MovingAveragePerChannelMinMaxObserver<S>(); })},
        {"MovingAveragePerChannelMinMaxObserver(0.3)",
         entry<min_max>([]<QScheme S>() { return MovingAveragePerChannelMinMaxObserver<S, 0.3>(); })},
        {"HistogramObserver", entry<histogram>([]<QScheme S>() { return HistogramObserver<S>(); })},
        {"torch_1_13::HistogramObserver",
         entry<histogram>([]<QScheme S>() { return torch_1_13::HistogramObserver<S>(); })},
        {"HistogramObserver(1000)", {{}, observe_histogram<HistogramObserver<quint8_affine, 1000>>}},
        {"torch_1_13::HistogramObserver(1000)",
         {{}, observe_histogram<torch_1_13::HistogramObserver<quint8_affine, 1000>>}},
    };
    const auto found = all.find(name);
    if (found == all.end()) throw std::runtime_error("golden file of observers: no observer " + name);
    return found->second;
}

inline Integers observe_fixed() {
    Integers found;
    append(found, octet::FixedQParamsObserver<1.0 / 256, 0>().qparams());
    append(found, octet::FixedQParamsObserver<2.0 / 256, 128>().qparams());
    return found;
}

/// Integers compared, and how many of them differ.
struct Comparison {
    std::uint64_t compared = 0, differ = 0;

    // A zero point is decimal.
    void add(std::uint32_t found, const std::string& expected, bool hexadecimal) {
        const auto integer =
            hexadecimal ? std::stoul(expected, nullptr, 16) : static_cast<std::uint32_t>(std::stoi(expected));
        ++compared;
        differ += found != integer ? 1 : 0;
    }
};

/// An observer's line behind its name.
inline Comparison compare_line(const std::string& name, const ObservedTensor& tensor, std::istream& line) {
    Comparison result;
    const auto compare = [&](const Integers& found, bool all_hexadecimal = false) {
        for (std::size_t i = 0; i < found.size(); ++i) {
            std::string expected;
            if (!(line >> expected)) throw std::runtime_error("golden file of observers: a line ends early");
            result.add(found[i], expected, all_hexadecimal || i % 2 == 0);
        }
    };
    if (name == "FixedQParamsObserver") {
        compare(observe_fixed());
        return result;
    }
    const Entry& observer = find_observer(name);
    if (observer.histogram != nullptr) compare(observer.histogram(tensor), true);
    for (std::size_t scheme = 0; line >> scheme;) compare(observer.by_scheme.at(scheme)(tensor));
    return result;
}

}  // namespace detail

/// Calls report(observer, tensor, compared, differ) for each line of the golden files: the observer's PyTorch name, the
/// line that names the tensor, and how many integers were compared, and how many differ. A scale's bits are one
/// integer, a zero point is one, and so is each end of the range that a histogram chose. Throws std::runtime_error if a
/// file cannot be read.
template <class Report>
void compare_observers_of_each_tensor(Report report) {
    for (const char* file : {"/golden/observers.txt", "/golden/observers_1_13.txt"}) {
        std::ifstream in(std::string(OCTET_TEST_DATA) + file);
        if (!in) throw std::runtime_error("golden file of observers: cannot open " + std::string(file));
        ObservedTensor tensor;
        for (std::string line; std::getline(in, line);) {
            std::istringstream words(line);
            std::string name;
            words >> name;
            if (name == "#") continue;
            if (name == "stream" || name == "weight" || name == "fixed") {
                tensor = detail::read_tensor(line);
                continue;
            }
            const detail::Comparison result = detail::compare_line(name, tensor, words);
            report(name, tensor.name, result.compared, result.differ);
        }
    }
}

}  // namespace golden

/// The same without the tensor: report(observer, compared, differ).
template <class Report>
void compare_observers(Report report) {
    golden::compare_observers_of_each_tensor([&](const std::string& observer, const std::string&,
                                                 std::uint64_t compared,
                                                 std::uint64_t differ) { report(observer, compared, differ); });
}
