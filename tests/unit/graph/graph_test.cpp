// Whole networks: what the compiler makes of ResNet18, of the small test networks, of MobileNetV2.
#include "catch.hpp"

#include <octet/graph/tensor_list.hpp>
#include <octet/graph/verify.hpp>
#include <octet/models/mobilenet_v2.hpp>
#include <octet/models/resnet18.hpp>

#include "graphs.hpp"
#include "networks.hpp"

using namespace octet;
using test::find;
using Net = models::ResNet18<102>;

TEST_CASE("ResNet18 has torchvision's layers, shapes and work") {
    GraphView g = fused_graph_of<Net>();
    CHECK(g.count == 33);
    std::uint64_t total = 0;
    int convolutions = 0;
    for (int i = 0; i < g.count; ++i) {
        total += macs(g, i);
        convolutions += g[i].op == Op::conv2d ? 1 : 0;
    }
    CHECK(convolutions == 20);
    CHECK(total == 1814073344 - 898 * 512);  // torchvision's figure is for 1000 classes
    CHECK(g[find(g, "layer3.0.downsample.0")].shape == Shape{14, 14, 256});
    CHECK(g[g.output].shape == Shape{1, 1, 102});
}

TEST_CASE("MobileNetV2 has torchvision's work") {
    GraphView g = fused_graph_of<models::MobileNetV2<>>();
    std::uint64_t total = 0;
    for (int i = 0; i < g.count; ++i) total += macs(g, i);
    CHECK(total == 300774272);
    CHECK(g[find(g, "features.18.2")].shape == Shape{7, 7, 1280});
}

TEST_CASE("the weights' names and shapes are those of torchvision's state_dict") {
    constexpr TensorList list = list_tensors(graph_of<Net>());
    CHECK(list.count == 102);
    CHECK(list.floats == 11689512 - 898 * 513 + 9600);  // parameters for 1000 classes, plus running statistics
    CHECK(list.slots[0].name.view() == "conv1.weight");
    CHECK(list.slots[0].shape == std::array<std::int64_t, 4>{64, 3, 7, 7});
    CHECK(list.slots[4].name.view() == "bn1.running_var");
    CHECK(list.slots[std::size_t(list.count) - 1].name.view() == "fc.bias");
    constexpr TensorList every = list_tensors(graph_of<test::EveryOp>());
    const auto shape_of = [&](std::string_view name) {
        for (const TensorSlot& slot : every.slots)
            if (slot.name.view() == name) return slot.shape;
        return std::array<std::int64_t, 4>{};
    };
    CHECK(shape_of("grouped.weight") == std::array<std::int64_t, 4>{18, 4, 3, 3});
    CHECK(shape_of("depthwise.weight") == std::array<std::int64_t, 4>{18, 1, 3, 5});
}

TEST_CASE("fusion folds what PyTorch folds and nothing else") {
    GraphView g = fused_graph_of<Net>();
    CHECK(g[find(g, "conv1")].relu);
    CHECK(g[find(g, "conv1")].batch_norm >= 0);
    CHECK_FALSE(g[find(g, "layer1.0.conv2")].relu);
    CHECK(g[find(g, "layer1.0.add")].relu);
    CHECK(find(g, "relu") == -1);
    CHECK(find(g, "bn1") == -1);

    GraphView tiny = fused_graph_of<test::TinyNet<>>();
    CHECK(tiny[find(tiny, "sum")].relu);
    CHECK_FALSE(tiny[find(tiny, "deep.add")].relu);  // its result is read by the ReLU and by another addition
    CHECK(tiny[find(tiny, "unfused")].op == Op::relu);

    GraphView every = fused_graph_of<test::EveryOp>();
    CHECK(every[find(every, "product")].relu);
    CHECK(every[find(every, "product")].op == Op::mul);
    CHECK(every[find(every, "wide")].relu);
    CHECK(every[find(every, "half")].op == Op::clamp);
    CHECK(every[find(every, "depthwise")].batch_norm >= 0);
    for (int i = 0; i < every.count; ++i) {
        CHECK(every[i].layer == i);
        CHECK(every[i].result == i);
        CHECK(graph_of<test::EveryOp>()[every[i].source].op == every[i].op);
    }
}

TEST_CASE("residual additions move into the later convolution where nothing else reads it") {
    GraphView g = Lowered<Net>::graph;
    GraphView layers = fused_graph_of<Net>();
    CHECK(g.count == 33 - 8);
    const Node& shortcut = g[find(g, "layer2.0.downsample.0")];
    CHECK(g[shortcut.inputs[1]].name.view() == "layer2.0.conv2");
    CHECK(shortcut.residual_relu);
    CHECK(layers[shortcut.result].name.view() == "layer2.0.add");
    CHECK(layers[shortcut.layer].name.view() == "layer2.0.downsample.0");
    GraphView tiny = Lowered<test::TinyNet<>>::graph;
    CHECK(find(tiny, "sum") == -1);
    CHECK(find(tiny, "again") >= 0);  // neither operand is a convolution
}

TEST_CASE("observers sit where PyTorch puts them") {
    constexpr Placement p = Placed<Net>::placement;
    GraphView g = fused_graph_of<Net>();
    CHECK(p.count == 30);
    const auto observer = [&](const char* name) { return p.observer[std::size_t(find(g, name))]; };
    CHECK(observer("maxpool") == observer("conv1"));
    CHECK(observer("flatten") == observer("layer4.1.add"));
    CHECK(observer("avgpool") == observer("layer4.1.add"));
    CHECK(observer("layer1.0.conv2") != observer("layer1.0.add"));
}
