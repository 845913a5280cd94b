// An observer of your own, in a qconfig of your own, compared with PyTorch's default. Nothing in octet knows it.
#include <algorithm>
#include <cstdio>
#include <octet/octet.hpp>
#include <octet/report/metrics.hpp>
#include <random>
#include <vector>

/// Leaves out the smallest and the largest 1 in 5,000 of the values it sees.
template <octet::QScheme Scheme>
class PercentileObserver {
public:
    // required: see one batch of the tensor's values, in any order
    void observe(std::span<const float> values) { seen_.insert(seen_.end(), values.begin(), values.end()); }
    // required: be as if this one had also seen what the other saw
    void merge(const PercentileObserver& other) { observe(other.seen_); }
    // required: choose scale and zero point; never called before a value was seen
    octet::QParams qparams() const {
        std::vector<float> sorted = seen_;
        std::sort(sorted.begin(), sorted.end());
        const std::size_t out = sorted.size() / 5000;
        return octet::calculate_qparams(sorted[out], sorted[sorted.size() - 1 - out], Scheme);
    }
    // optional: lets prepare check that the range suits activations
    static constexpr octet::QScheme scheme = Scheme;
    // optional: octet::HistogramView histogram() const, which reports draw

private:
    std::vector<float> seen_;
};
static_assert(octet::Observer<PercentileObserver<octet::quint8_affine>>);

/// A qconfig: observers of activations and of weights, the arithmetic, a name.
struct Percentile
    : octet::QConfig<PercentileObserver<octet::quint8_affine>, octet::qconfig::x86::weight, octet::numerics::Fbgemm> {
    static constexpr const char* name = "percentile";
};

namespace {

struct Net {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({16, 16, 3});
        x = net.relu(net.conv2d("conv1", x, {.out = 16, .kernel = 3, .pad = 1, .bias = true}));
        x = net.relu(net.conv2d("conv2", x, {.out = 32, .kernel = 3, .stride = 2, .pad = 1, .bias = true}));
        return net.finish(net.linear("fc", net.flatten(net.max_pool(x, {})), {.out = 10}));
    }
};
using Model = octet::FloatModel<Net>;
using Images = std::vector<octet::Tensor<float, 16, 16, 3>>;

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
    auto int8 = octet::convert(octet::calibrate(octet::prepare<QC>(model), calibration));
    octet::Sqnr sqnr;
    for (const auto& image : test) {
        const auto expected = model(image), found = int8(image);
        sqnr.add({expected.data(), expected.size()}, {found.data(), found.size()});
    }
    std::printf("%-10s  logits: %.0f dB\n", QC::name, sqnr.db());
}

}  // namespace

int main() {
    Model model;
    for (int i = 0; i < Model::tensors.count; ++i)
        for (float& x : model.tensor(i)) x = random_float();
    model.pack();
    Images calibration = noise(64);
    for (std::size_t i = 0; i < 4; ++i) calibration[i](8, 8, 0) = 30.0f;  // a camera with a broken pixel
    const Images test = noise(64);
    compare<octet::qconfig::x86>(model, calibration, test);
    compare<octet::qconfig::onednn>(model, calibration, test);
    compare<Percentile>(model, calibration, test);
}

/* Output:
x86         logits: 19 dB
onednn      logits: 25 dB
percentile  logits: 33 dB
*/
