// What is near PyTorch's but cannot be the same bits, since float sums are formed in another order: the logits of float
// networks, and the scales that calibration finds on the same images. (Integers: parity_network.hpp.)
#include "catch.hpp"

#include <octet/models/mobilenet_v2.hpp>
#include <octet/models/resnet18.hpp>
#include <octet/models/squeezenet.hpp>

#include "golden_network.hpp"

using namespace octet;

namespace {

template <class Net>
void check_float(const std::string& name, std::size_t images) {
    const golden::NetworkFile file(name);
    const int side = fused_graph_of<Net>()[0].shape.h;
    auto model = golden::network<Net>();
    const auto lines = file.lines({"float", std::to_string(side)});
    CHECK(lines.size() == images);
    for (const auto& words : lines) {
        INFO(name << ", side " << side << ", image " << words[0]);
        const std::vector<float> expected = golden::floats(words, 1);
        const auto found = model(golden::image(side, std::stoi(words[0])));
        REQUIRE(expected.size() == found.size());
        float largest = 0, difference = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            largest = std::max(largest, std::abs(expected[i]));
            difference = std::max(difference, std::abs(found(i) - expected[i]));
        }
        CHECK(difference / largest < 1e-5f);
    }
}

// Calibrates as make_networks.py does at 64 pixels: 3 batches of 10.
template <class Net, class QC>
void check_scales(const std::string& name, const golden::Words& beginning) {
    std::vector<golden::Tensor3> images;
    for (int i = 0; i < 30; ++i) images.push_back(golden::image(64, i));
    const auto calibrated = calibrate(prepare<QC>(golden::network<Net>()), images, {.batch = 10});
    using Int8 = QuantizedModel<Net, QC>;
    const auto lines = golden::NetworkFile(name).lines(beginning);
    REQUIRE(lines.size() == std::size_t(Int8::placement.count));
    int moved = 0;
    for (const auto& words : lines) {
        INFO(name << ", " << QC::name << ", " << words[0]);
        bool found = false;
        for (int i = 0; i < Int8::placement.count; ++i) {
            if (Int8::graph[Int8::placement.owner[std::size_t(i)]].name.view() != words[0]) continue;
            found = true;
            const QParams p = calibrated.qparams(i);
            // A value that lands in the neighbouring one of 2,048 bins may move the chosen range by a bin.
            const float difference = std::abs(p.scale / recipe::from_bits(words[1]) - 1.0f);
            CHECK(difference < 1.0f / 1024);
            moved += difference < 1e-4f ? 0 : 1;
            CHECK(p.zero_point == std::stoi(words[2]));
        }
        CHECK(found);
    }
    CHECK(moved <= 3);
}

using ResNet = models::ResNet18<10, 64>;
using WithoutConv1 = QConfigMapping<Global<qconfig::x86>, ModuleName<"conv1", qconfig::none>>;
using WithoutLayer2 = QConfigMapping<Global<qconfig::x86>, ModuleName<"layer2", qconfig::none>,
                                     ModuleName<"layer2.1.conv1", qconfig::x86>>;

}  // namespace

TEST_CASE("float logits are PyTorch's") {
    check_float<ResNet>("resnet18", 4);
    check_float<models::ResNet18<10, 224>>("resnet18", 2);
    check_float<models::SqueezeNet11<10, 64>>("squeezenet1_1", 2);
    check_float<models::MobileNetV2<10, 64>>("mobilenet_v2", 2);
}

TEST_CASE("calibration finds PyTorch's scales") {
    check_scales<ResNet, qconfig::fbgemm>("resnet18", {"qparams", "fbgemm", "64"});
    check_scales<ResNet, qconfig::qnnpack>("resnet18", {"qparams", "qnnpack", "64"});
    check_scales<models::SqueezeNet11<10, 64>, qconfig::onednn>("squeezenet1_1", {"qparams", "onednn", "64"});
    check_scales<models::MobileNetV2<10, 64>, qconfig::onednn>("mobilenet_v2", {"qparams", "onednn", "64"});
}

TEST_CASE("so it does around float islands") {
    check_scales<ResNet, WithoutConv1>("resnet18", {"island", "conv1", "qparams"});
    check_scales<ResNet, WithoutLayer2>("resnet18", {"island", "layer2", "qparams"});
}
