// What moves into a convolution, and what must not; where values lie in memory.
#include "catch.hpp"

#include <octet/graph/builder.hpp>
#include <octet/graph/forms.hpp>
#include <octet/models/mobilenet_v2.hpp>
#include <octet/models/resnet18.hpp>
#include <octet/observe/qconfig_mapping.hpp>

#include "graphs.hpp"
#include "networks.hpp"

using namespace octet;
using test::find;

namespace {
template <class Build>
Graph lowered(Build add_layers) {
    GraphBuilder net;
    return lower(fuse(net.finish(add_layers(net, net.input({6, 6, 4})))));
}
}  // namespace

TEST_CASE("a clamp moves into the convolution or linear layer before it") {
    const Graph g = lowered([](auto& net, Value x) {
        x = net.relu6("six", net.batch_norm("bn", net.conv2d("conv", x, {.out = 3})));
        return net.clamp("end", net.linear("fc", net.flatten(x), {.out = 2}), -1.0f, 2.0f);
    });
    REQUIRE(g.count == 4);
    const Node &conv = g[find(g, "conv")], &fc = g[find(g, "fc")];
    CHECK((conv.clamped && conv.low == 0.0f && conv.high == 6.0f));
    CHECK((conv.layer == 1 && conv.result == 2));
    CHECK((fc.clamped && fc.low == -1.0f && fc.high == 2.0f));
    CHECK(g.output == find(g, "fc"));
}

TEST_CASE("a clamp, then an addition") {
    const Graph g = lowered([](auto& net, Value x) {
        const auto y = net.relu6("six", net.conv2d("conv", x, {.out = 4}));
        return net.relu(net.add("sum", y, x));
    });
    REQUIRE(g.count == 2);
    CHECK((g[1].clamped && g[1].residual && g[1].residual_relu && !g[1].relu));
    CHECK((g[1].inputs[0] == 0 && g[1].inputs[1] == 0));
    CHECK((g[1].layer == 1 && g[1].result == 3));
}

TEST_CASE("not an addition, then a clamp: a convolution clamps first") {
    const Graph g = lowered(
        [](auto& net, Value x) { return net.relu6("six", net.add("sum", net.conv2d("conv", x, {.out = 4}), x)); });
    REQUIRE(g.count == 3);
    CHECK((g[1].residual && !g[1].clamped));
    CHECK(g[2].op == Op::clamp);
}

TEST_CASE("one clamp only") {
    const Graph g = lowered([](auto& net, Value x) {
        return net.clamp("b", net.clamp("a", net.conv2d("conv", x, {.out = 4}), -1.0f, 1.0f), 0.0f, 0.5f);
    });
    REQUIRE(g.count == 3);
    CHECK((g[1].clamped && g[1].high == 1.0f));
    CHECK((g[2].op == Op::clamp && g[2].high == 0.5f));
}

TEST_CASE("nothing moves into what something else reads") {
    const Graph clamp = lowered([](auto& net, Value x) {
        const auto y = net.conv2d("conv", x, {.out = 4});
        return net.cat("both", {net.relu6("six", y), y});
    });
    CHECK(find(clamp, "six") >= 0);
    const Graph add = lowered([](auto& net, Value x) {
        const auto y = net.conv2d("conv", x, {.out = 4});
        return net.mul("both", net.add("sum", x, y), y);
    });
    CHECK(find(add, "sum") >= 0);
    const Graph clamped = lowered([](auto& net, Value x) {  // the clamp moves, the addition may not
        const auto y = net.relu6("six", net.conv2d("conv", x, {.out = 4}));
        return net.mul("both", net.add("sum", x, y), y);
    });
    CHECK(find(clamped, "six") == -1);
    CHECK(find(clamped, "sum") >= 0);
    const Graph twice = lowered([](auto& net, Value x) {
        const auto y = net.conv2d("conv", x, {.out = 4});
        return net.add("sum", y, y);
    });
    CHECK(find(twice, "sum") >= 0);
    const Graph output =
        lowered([](auto& net, Value x) { return net.relu6("six", net.linear("fc", net.flatten(x), {.out = 4})); });
    CHECK(output[output.output].clamped);
}

TEST_CASE("an addition moves into the later convolution, a linear layer takes none") {
    const Graph g = lowered([](auto& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 4}), b = net.conv2d("b", a, {.out = 4}),
                   c = net.conv2d("c", a, {.out = 4});
        return net.add("sum", c, b);
    });
    const Node& c = g[find(g, "c")];
    CHECK(c.residual);
    CHECK(g[c.inputs[1]].name.view() == "b");
    CHECK_FALSE(g[find(g, "b")].residual);
    const Graph vectors = lowered([](auto& net, Value x) {
        x = net.flatten(x);
        return net.add("sum", net.linear("a", x, {.out = 2}), net.linear("b", x, {.out = 2}));
    });
    CHECK(find(vectors, "sum") >= 0);
}

TEST_CASE("nothing moves across a change of precision") {
    GraphBuilder net;
    auto x = net.input({6, 6, 4});
    x = net.relu6("six", net.conv2d("a", x, {.out = 4}));
    const auto y = net.conv2d("b", x, {.out = 4});
    const Graph fused = fuse(net.finish(net.add("sum", y, x)));
    const auto count = [&](std::initializer_list<int> in_float) {
        QConfigOf qconfig_of{};
        for (const int i : in_float) qconfig_of[std::size_t(i)] = -1;
        const Graph g = lower(place_precision(fused, qconfig_of));
        return std::pair(find(g, "six") >= 0 && g[find(g, "six")].op == Op::clamp, find(g, "sum") >= 0);
    };
    CHECK(count({}) == std::pair(false, false));
    CHECK(count({1}) == std::pair(true, false));  // a in float, its clamp in int8
    CHECK(count({2}) == std::pair(true, false));  // the other way round
    CHECK(count({4}) == std::pair(false, true));  // the sum in float, b in int8
    CHECK(count({3}) == std::pair(false, true));
    CHECK(count({3, 4}) == std::pair(false, false));  // both in float: the float convolution adds
    CHECK(count({1, 2, 3, 4}) == std::pair(false, false));
}

namespace {
MemoryPlan check_memory(GraphView g) {
    const MemoryPlan p = plan_memory(g);
    std::array<int, Graph::max_nodes> last{};
    for (int i = 0; i < g.count; ++i) {
        last[std::size_t(i)] = i;
        for (const int in : g[i].inputs) last[std::size_t(in)] = i;
    }
    last[std::size_t(g.output)] = g.count;
    std::size_t most = 0;
    for (int i = 0; i < g.count; ++i) {
        const auto end = [&](int n) {
            return p.offset[std::size_t(n)] + p.layout[std::size_t(n)].extent() * (g[n].quantized ? 1 : sizeof(float));
        };
        CHECK(p.offset[std::size_t(i)] % 64 == 0);
        CHECK(end(i) + 64 <= p.bytes);
        std::size_t alive = 0;
        for (int j = 0; j <= i; ++j) {
            if (last[std::size_t(j)] < i) continue;
            alive += end(j) - p.offset[std::size_t(j)];
            if (j < i) CHECK((end(i) <= p.offset[std::size_t(j)] || end(j) <= p.offset[std::size_t(i)]));
        }
        most = std::max(most, alive);
    }
    CHECK(most <= p.bytes);
    return p;
}
using ResNet = models::ResNet18<102>;
using Mixed = QConfigMapping<Global<qconfig::qnnpack>, ModuleName<"dilated", qconfig::none>,
                             ObjectType<Op::mul, qconfig::none>, ModuleName<"stem", qconfig::none>>;
}  // namespace

TEST_CASE("no two values that live at the same time share a byte of the arena") {
    const MemoryPlan int8 = check_memory(LoweredInt8<ResNet>::graph);
    CHECK(int8.bytes < 2u << 20);
    CHECK(LoweredInt8<ResNet>::graph[int8.peak].name.view() == "maxpool");
    const MemoryPlan floats = check_memory(Lowered<ResNet>::graph);
    CHECK(floats.bytes > 7u << 19);  // nearly four times as much
    check_memory(Fused<ResNet>::graph);
    check_memory(LoweredInt8<test::TinyNet<>>::graph);
    check_memory(Fused<test::TinyNet<>>::graph);
    check_memory(LoweredInt8<models::MobileNetV2<>>::graph);
}

TEST_CASE("bytes and floats share an arena") {
    using Graphs = LoweredInt8<test::EveryOp, Mixed>;
    const MemoryPlan mixed = check_memory(Graphs::graph);
    check_memory(FusedInt8<test::EveryOp, Mixed>::graph);
    check_memory(LoweredInt8<test::EveryOp>::graph);
    CHECK(mixed.bytes > plan_memory(LoweredInt8<test::EveryOp>::graph).bytes);
    CHECK(mixed.bytes < plan_memory(Lowered<test::EveryOp>::graph).bytes);
}

TEST_CASE("a value's gap is as wide as its windows look over the edge") {
    STATIC_REQUIRE(gap_for(Window{7, 2, 3}, 224, 112) == 3);
    STATIC_REQUIRE(gap_for(Window{3, 2, 1}, 56, 28) == 1);
    STATIC_REQUIRE(gap_for(Window{1, 1, 0}, 56, 56) == 0);
    STATIC_REQUIRE(gap_for(Window{3, 2, Padding{0, 0, 1, 1}}, 32, 16) == 1);  // only on the right
    STATIC_REQUIRE(gap_for(Window{3, 1, 2, 2}, 9, 9) == 2);
    STATIC_REQUIRE(gap_for(Window{3, 1, {0, 0, 0, 6}, 3}, 9, 9) == 6);  // two taps beyond the edge, three apart
    constexpr Layout l{{2, 3, 4}, 1};
    STATIC_REQUIRE(l.at(0, -1) == 0);
    STATIC_REQUIRE(l.at(0, 3) == l.at(1, -1));
    STATIC_REQUIRE(l.extent() == (2 * 4 + 1) * 4);
}
