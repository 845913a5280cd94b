// Which layers are int8 and which stay in float: a QConfigMapping, resolved by the compiler. Compares what each choice
// does to the result.
#include <cstdio>
#include <octet/octet.hpp>
#include <octet/report/metrics.hpp>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace octet;

struct Net {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({16, 16, 3});
        x = net.relu(net.conv2d("stem", x, {.out = 16, .kernel = 3, .pad = 1, .bias = true}));
        const auto left = net.conv2d("body.left", x, {.out = 16, .kernel = 3, .pad = 1, .groups = 16});
        const auto right = net.conv2d("body.right", x, {.out = 8, .kernel = 1});
        x = net.cat("body.cat", {left, right});
        x = net.flatten(net.global_avg_pool(x));
        return net.finish(net.linear("fc", x, {.out = 5}));
    }
};

/// PyTorch: QConfigMapping().set_global(qconfig).set_module_name("fc", None)
using WithoutFc = QConfigMapping<Global<qconfig::x86>, ModuleName<"fc", qconfig::none>>;
/// Of the body only what the last rule says is int8. A name that no layer has would not compile.
using WithoutBody = QConfigMapping<Global<qconfig::x86>, ModuleNameRegex<"body\\..*", qconfig::none>,
                                   ModuleName<"body.right", qconfig::x86>>;

using Model = FloatModel<Net>;
using Images = std::vector<Tensor<float, 16, 16, 3>>;

std::mt19937 random_bits(1);
float random_float() { return float(random_bits() % 2001) / 1000.0f - 1.0f; }  // -1 to 1

Images noise(int count) {
    Images images(static_cast<std::size_t>(count));
    for (auto& image : images)
        for (float& x : image) x = random_float();
    return images;
}

template <class QC>
void compare(Model& model, const Images& calibration, const Images& test) {
    auto int8 = convert(calibrate(prepare<QC>(model), calibration));
    Sqnr sqnr;
    for (const auto& image : test) {
        const auto expected = model(image), found = int8(image);
        sqnr.add({expected.data(), expected.size()}, {found.data(), found.size()});
    }
    std::printf("%.1f dB  %s\n", sqnr.db(), QC::name);
}

}  // namespace

int main() {
    Model model;
    for (int i = 0; i < Model::tensors.count; ++i)
        for (float& x : model.tensor(i)) x = random_float();
    model.pack();
    const Images calibration = noise(32), test = noise(32);
    compare<qconfig::x86>(model, calibration, test);
    compare<WithoutFc>(model, calibration, test);
    compare<WithoutBody>(model, calibration, test);

    using Mixed = QuantizedModel<Net, WithoutBody>;
    std::printf("\n");
    for (int layer = 0; layer < Mixed::graph.count; ++layer)
        std::printf("%-18s %s\n", std::string(Mixed::graph[layer].name.view()).c_str(),
                    Mixed::is_int8(layer) ? "int8" : "float");
}

/* Output:
25.2 dB  x86
25.3 dB  global x86; module fc none
25.0 dB  global x86; regex body\..* none; module body.right x86

input              int8
stem               int8
body.left          float
body.right         int8
body.cat           float
adaptive_avg_pool  int8
flatten            int8
fc                 int8
*/
