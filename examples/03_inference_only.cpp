// A program that has an int8 network and nothing else: no float weights, no calibration. It loads the file by its
// type, shares the one model between threads, and says itself how work is spread.
#include <algorithm>
#include <cstdio>
#include <octet/graph/builder.hpp>
#include <octet/io/model_file.hpp>
#include <octet/observe/qconfig.hpp>
#include <string_view>
#include <thread>

/// Which way do the stripes of an 8 x 8 picture run? Four differences, clipped at 0, averaged, summed by twos.
struct Stripes {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 1});
        x = net.relu(net.conv2d("edges", x, {.out = 4, .kernel = 2, .bias = true}));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 2}));
    }
};
using Int8 = octet::QuantizedModel<Stripes, octet::qconfig::x86>;

// Its file, as JSON so that one can read it. octet::save writes the same tensors as safetensors, and
// octet::load<Int8>("stripes.safetensors") reads either.
constexpr std::string_view file = R"({
"__metadata__": {"format": "octet int8, version 2", "graph": "3231d6553a843dad", "qconfig": "x86",
                 "numerics": "x86", "hash": "d5811185d2253b5d"},
"input.scale":        {"dtype": "F32", "shape": [1], "data": [0.0078125]},
"input.zero_point":   {"dtype": "I32", "shape": [1], "data": [0]},
"edges.weight":       {"dtype": "I8", "shape": [4, 2, 2, 1], "data": [64, -64, 64, -64, -64, 64, -64, 64,
                                                                     64, 64, -64, -64, -64, -64, 64, 64]},
"edges.weight_scale": {"dtype": "F32", "shape": [4], "data": [0.0078125, 0.0078125, 0.0078125, 0.0078125]},
"edges.bias":         {"dtype": "F32", "shape": [4], "data": [0, 0, 0, 0]},
"edges.scale":        {"dtype": "F32", "shape": [1], "data": [0.0078125]},
"edges.zero_point":   {"dtype": "I32", "shape": [1], "data": [0]},
"fc.weight":          {"dtype": "I8", "shape": [2, 4], "data": [64, 64, 0, 0, 0, 0, 64, 64]},
"fc.weight_scale":    {"dtype": "F32", "shape": [2], "data": [0.015625, 0.015625]},
"fc.bias":            {"dtype": "F32", "shape": [2], "data": [0, 0]},
"fc.scale":           {"dtype": "F32", "shape": [1], "data": [0.0078125]},
"fc.zero_point":      {"dtype": "I32", "shape": [1], "data": [0]}
})";

namespace {

Int8 load() {
    octet::Bytes bytes(file.size());
    std::copy_n(reinterpret_cast<const std::byte*>(file.data()), file.size(), bytes.span().data());
    return octet::load<Int8>(octet::parse_json_tensors("stripes.json", bytes));
}

/// An executor: hands out ranges that cover [0, units) once and returns when all are done. Yours may ask a pool.
struct TwoThreads {
    template <class Work>
    void for_each(int units, const Work& work) const {
        const std::jthread other([&] { work(units / 2, units); });
        work(0, units / 2);
    }
};
static_assert(octet::Executor<TwoThreads>);

/// Black and white stripes, each `width` pixels wide.
octet::Tensor<float, 8, 8, 1> stripes(bool upright, std::size_t width) {
    octet::Tensor<float, 8, 8, 1> image;
    for (std::size_t y = 0; y < 8; ++y)
        for (std::size_t x = 0; x < 8; ++x) image(y, x, 0) = (upright ? x : y) / width % 2 == 0 ? 0.0f : 1.0f;
    return image;
}

void classify(const Int8& model, bool upright) {  // const: any number of threads may be here at once ...
    octet::Workspace<Int8::forward> workspace;    // ... if each has a workspace of its own
    octet::Serial alone;
    TwoThreads shared;
    const auto image = stripes(upright, 2);
    const auto one = model.run(image.data(), workspace, alone), two = model.run(image.data(), workspace, shared);
    std::printf("%s upright %.3f, level %.3f, %s\n", upright ? "| | | |" : "=======", one(0), one(1),
                one == two ? "the same on two threads" : "WRONG");
}

}  // namespace

int main() try {
    const Int8 model = load();
    std::jthread([&] { classify(model, true); }).join();
    std::jthread([&] { classify(model, false); }).join();
} catch (const octet::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());  // all that is wrong with the file, at once
    return 1;
}

/* Output:
| | | | upright 0.430, level 0.000, the same on two threads
======= upright 0.000, level 0.430, the same on two threads
*/
