#include "catch.hpp"

#include <octet/graph/tensor_list.hpp>
#include <octet/graph/verify.hpp>
#include <octet/models/resnet18.hpp>

#include "networks.hpp"

using namespace octet;
using Net = models::ResNet18<102>;

namespace {
int find(const Graph& g, std::string_view name) {
    for (int i = 0; i < g.count; ++i)
        if (g[i].name.view() == name) return i;
    return -1;
}
}  // namespace

TEST_CASE("ResNet18 has torchvision's layers, shapes and work") {
    const Graph& g = fused_graph_of<Net>();
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

TEST_CASE("the weights' names and shapes are those of torchvision's state_dict") {
    constexpr TensorList list = list_tensors(graph_of<Net>());
    CHECK(list.count == 102);
    CHECK(list.floats == 11689512 - 898 * 513 + 9600);  // parameters for 1000 classes, plus running statistics
    CHECK(list.slots[0].name.view() == "conv1.weight");
    CHECK(list.slots[0].shape == std::array<std::int64_t, 4>{64, 3, 7, 7});
    CHECK(list.slots[4].name.view() == "bn1.running_var");
    CHECK(list.slots[std::size_t(list.count) - 1].name.view() == "fc.bias");
}

TEST_CASE("fusion folds what PyTorch folds and nothing else") {
    const Graph& g = fused_graph_of<Net>();
    CHECK(g[find(g, "conv1")].relu);
    CHECK(g[find(g, "conv1")].batch_norm >= 0);
    CHECK_FALSE(g[find(g, "layer1.0.conv2")].relu);
    CHECK(g[find(g, "layer1.0.add")].relu);
    CHECK(find(g, "relu") == -1);
    CHECK(find(g, "bn1") == -1);

    const Graph& tiny = fused_graph_of<test::TinyNet<>>();
    CHECK(tiny[find(tiny, "sum")].relu);
    CHECK_FALSE(tiny[find(tiny, "deep.add")].relu);  // its result is read by the ReLU and by another addition
    CHECK(tiny[find(tiny, "unfused")].op == Op::relu);
}

TEST_CASE("residual additions move into the later convolution where nothing else reads it") {
    const Graph& g = Lowered<Net>::graph;
    CHECK(g.count == 33 - 8);
    const int conv2 = find(g, "layer2.0.conv2");
    CHECK(g[g[conv2].inputs[1]].name.view() == "layer2.0.downsample.0");
    CHECK(g[conv2].residual_relu);
    CHECK(fused_graph_of<Net>()[Lowered<Net>::result_of(conv2)].name.view() == "layer2.0.add");
    const Graph& tiny = Lowered<test::TinyNet<>>::graph;
    CHECK(find(tiny, "sum") == -1);
    CHECK(find(tiny, "again") >= 0);  // neither operand is a convolution
}

TEST_CASE("observers sit where PyTorch puts them") {
    constexpr Placement p = Placed<Net>::placement;
    const Graph& g = fused_graph_of<Net>();
    CHECK(p.count == 30);
    const auto observer = [&](const char* name) { return p.observer[std::size_t(find(g, name))]; };
    CHECK(observer("maxpool") == observer("conv1"));
    CHECK(observer("flatten") == observer("layer4.1.add"));
    CHECK(observer("avgpool") == observer("layer4.1.add"));
    CHECK(observer("layer1.0.conv2") != observer("layer1.0.add"));
}

TEST_CASE("no two values that live at the same time share a byte of the arena") {
    const auto check = [](const Graph& g, std::size_t element) {
        const MemoryPlan p = plan_memory(g, element);
        std::array<int, Graph::max_nodes> last{};
        for (int i = 0; i < g.count; ++i) {
            last[std::size_t(i)] = i;
            for (const int in : g[i].inputs)
                if (in >= 0) last[std::size_t(in)] = i;
        }
        last[std::size_t(g.output)] = g.count;
        for (int i = 0; i < g.count; ++i) {
            const auto end = [&](int n) {
                return p.offset[std::size_t(n)] + p.layout[std::size_t(n)].extent() * element;
            };
            CHECK(end(i) + 64 <= p.bytes);
            for (int j = 0; j < i; ++j)
                if (last[std::size_t(j)] >= i)
                    CHECK((end(i) <= p.offset[std::size_t(j)] || end(j) <= p.offset[std::size_t(i)]));
        }
        return p;
    };
    const MemoryPlan int8 = check(Lowered<Net>::graph, 1);
    CHECK(int8.bytes < 2u << 20);
    CHECK(Lowered<Net>::graph[int8.peak].name.view() == "maxpool");
    check(Fused<Net>::graph, 4);
    check(Lowered<test::TinyNet<>>::graph, 1);
    check(Fused<test::TinyNet<>>::graph, 4);
}

TEST_CASE("a value's gap is as wide as its windows look over the edge") {
    STATIC_REQUIRE(gap_for(Window{7, 2, 3}, 224, 112) == 3);
    STATIC_REQUIRE(gap_for(Window{3, 2, 1}, 56, 28) == 1);
    STATIC_REQUIRE(gap_for(Window{1, 1, 0}, 56, 56) == 0);
    STATIC_REQUIRE(gap_for(Window{3, 2, Padding{0, 0, 1, 1}}, 32, 16) == 1);  // only on the right
    constexpr Layout l{{2, 3, 4}, 1};
    STATIC_REQUIRE(l.at(0, -1) == 0);
    STATIC_REQUIRE(l.at(0, 3) == l.at(1, -1));
    STATIC_REQUIRE(l.extent() == (2 * 4 + 1) * 4);
}
