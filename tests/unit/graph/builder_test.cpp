// Shapes, names and mistakes of networks under construction.
#include "catch.hpp"

#include <octet/graph/builder.hpp>

#include "graphs.hpp"

using namespace octet;

namespace {
template <class Build>
Graph build(Shape input, Build add_layers) {
    GraphBuilder net;
    return net.finish(add_layers(net, net.input(input)));
}
template <class Build>
Problem problem(Shape input, Build add_layers) {
    return build(input, add_layers).problem;
}
template <class Build>
void check_mistake(Mistake mistake, Shape found, Shape expected, Build add_layers) {
    const Problem p = problem({8, 9, 6}, add_layers);
    CHECK(p.mistake == mistake);
    CHECK(p.layer == Name("it"));
    CHECK(p.found == found);
    CHECK(p.expected == expected);
}
}  // namespace

TEST_CASE("a pool's output has PyTorch's extent, with ceil_mode and without") {
    struct Row {
        int in, kernel, stride, pad, floor, ceil;  // by torch.nn.functional.max_pool2d
    };
    constexpr Row table[] = {
        {4, 2, 2, 0, 2, 2},  {4, 2, 2, 1, 3, 3},  {4, 3, 2, 0, 1, 2},  {4, 3, 2, 1, 2, 3},  {4, 3, 3, 1, 2, 2},
        {4, 2, 3, 0, 1, 2},  {4, 2, 3, 1, 2, 2},  {4, 5, 4, 2, 1, 2},  {4, 1, 3, 0, 2, 2},  {4, 4, 5, 2, 1, 2},
        {5, 2, 2, 0, 2, 3},  {5, 2, 2, 1, 3, 3},  {5, 3, 2, 0, 2, 2},  {5, 3, 2, 1, 3, 3},  {5, 3, 3, 1, 2, 2},
        {5, 2, 3, 0, 2, 2},  {5, 2, 3, 1, 2, 2},  {5, 5, 4, 2, 2, 2},  {5, 1, 3, 0, 2, 2},  {5, 4, 5, 2, 2, 2},
        {6, 2, 2, 0, 3, 3},  {6, 2, 2, 1, 4, 4},  {6, 3, 2, 0, 2, 3},  {6, 3, 2, 1, 3, 4},  {6, 3, 3, 1, 2, 3},
        {6, 2, 3, 0, 2, 2},  {6, 2, 3, 1, 3, 3},  {6, 5, 4, 2, 2, 2},  {6, 1, 3, 0, 2, 2},  {6, 4, 5, 2, 2, 2},
        {7, 2, 2, 0, 3, 4},  {7, 2, 2, 1, 4, 4},  {7, 3, 2, 0, 3, 3},  {7, 3, 2, 1, 4, 4},  {7, 3, 3, 1, 3, 3},
        {7, 2, 3, 0, 2, 3},  {7, 2, 3, 1, 3, 3},  {7, 5, 4, 2, 2, 3},  {7, 1, 3, 0, 3, 3},  {7, 4, 5, 2, 2, 2},
        {8, 2, 2, 0, 4, 4},  {8, 2, 2, 1, 5, 5},  {8, 3, 2, 0, 3, 4},  {8, 3, 2, 1, 4, 5},  {8, 3, 3, 1, 3, 3},
        {8, 2, 3, 0, 3, 3},  {8, 2, 3, 1, 3, 3},  {8, 5, 4, 2, 2, 3},  {8, 1, 3, 0, 3, 3},  {8, 4, 5, 2, 2, 2},
        {9, 2, 2, 0, 4, 5},  {9, 2, 2, 1, 5, 5},  {9, 3, 2, 0, 4, 4},  {9, 3, 2, 1, 5, 5},  {9, 3, 3, 1, 3, 4},
        {9, 2, 3, 0, 3, 3},  {9, 2, 3, 1, 4, 4},  {9, 5, 4, 2, 3, 3},  {9, 1, 3, 0, 3, 3},  {9, 4, 5, 2, 2, 3},
        {12, 2, 2, 0, 6, 6}, {12, 2, 2, 1, 7, 7}, {12, 3, 2, 0, 5, 6}, {12, 3, 2, 1, 6, 7}, {12, 3, 3, 1, 4, 5},
        {12, 2, 3, 0, 4, 4}, {12, 2, 3, 1, 5, 5}, {12, 5, 4, 2, 3, 4}, {12, 1, 3, 0, 4, 4}, {12, 4, 5, 2, 3, 3},
        {13, 2, 2, 0, 6, 7}, {13, 2, 2, 1, 7, 7}, {13, 3, 2, 0, 6, 6}, {13, 3, 2, 1, 7, 7}, {13, 3, 3, 1, 5, 5},
        {13, 2, 3, 0, 4, 5}, {13, 2, 3, 1, 5, 5}, {13, 5, 4, 2, 4, 4}, {13, 1, 3, 0, 5, 5}, {13, 4, 5, 2, 3, 3}};
    for (const Row& r : table) {
        INFO("input " << r.in << " kernel " << r.kernel << " stride " << r.stride << " padding " << r.pad);
        for (const bool ceil_mode : {false, true}) {
            const int expected = ceil_mode ? r.ceil : r.floor;
            const Graph most = build({r.in, 13, 2}, [&](GraphBuilder& net, Value x) {
                return net.max_pool(
                    x, {.kernel = {r.kernel, 1}, .stride = {r.stride, 1}, .pad = {r.pad, 0}, .ceil_mode = ceil_mode});
            });
            CHECK(most[1].shape == Shape{expected, 13, 2});
            CHECK(most.problem.mistake == Mistake::none);
            const Graph mean = build({13, r.in, 2}, [&](GraphBuilder& net, Value x) {
                return net.avg_pool(
                    x, {.kernel = {1, r.kernel}, .stride = {1, r.stride}, .pad = {0, r.pad}, .ceil_mode = ceil_mode});
            });
            CHECK(mean[1].shape == Shape{13, expected, 2});
        }
    }
}

TEST_CASE("a dilated convolution's output has PyTorch's extent") {
    struct Row {
        int in, kernel, stride, pad, dilation, out;  // by torch.nn.Conv2d
    };
    for (const Row& r : {Row{9, 3, 1, 2, 2, 9},
                         {9, 3, 2, 2, 2, 5},
                         {13, 3, 2, 0, 5, 2},
                         {7, 2, 3, 3, 4, 3},
                         {11, 5, 1, 0, 2, 3},
                         {224, 3, 2, 1, 1, 112}}) {
        const Conv2d options{.out = 5,
                             .kernel = {r.kernel, 1},
                             .stride = {r.stride, 1},
                             .pad = Pair{r.pad, 0},
                             .dilation = {r.dilation, 7}};
        const Graph g = build({r.in, 3, 2}, [&](GraphBuilder& net, Value x) { return net.conv2d("it", x, options); });
        CHECK(g[1].shape == Shape{r.out, 3, 5});
    }
}

TEST_CASE("shapes of everything else") {
    const Graph g = build({8, 6, 6}, [](GraphBuilder& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 9, .kernel = 3, .pad = 1, .groups = 3});
        const auto b = net.max_pool("b", x, {.kernel = 3, .stride = 1, .pad = 1});
        x = net.cat("c", {a, b, a});
        x = net.mul("m", x, net.clamp("l", x, -1.0f, 1.0f));
        x = net.adaptive_avg_pool("p", x, {3, 5});
        return net.flatten("f", x);
    });
    const auto shape = [&](const char* name) { return g[test::find(g, name)].shape; };
    CHECK(g.problem.mistake == Mistake::none);
    CHECK(shape("a") == Shape{8, 6, 9});
    CHECK(shape("b") == Shape{8, 6, 6});
    CHECK(shape("c") == Shape{8, 6, 24});
    CHECK(shape("m") == Shape{8, 6, 24});
    CHECK(shape("p") == Shape{3, 5, 24});
    CHECK(shape("f") == Shape{1, 1, 360});
    CHECK(macs(g, test::find(g, "a")) == 8 * 6 * 9 * 9 * 2);  // each output reads one group
    CHECK(g.uses(test::find(g, "a")) == 2);
}

TEST_CASE("what has no name is numbered as torch.fx does") {
    const Graph g = build({4, 4, 3}, [](GraphBuilder& net, Value x) {
        const auto a = net.relu(x), b = net.relu6(net.relu("relu_2", a));
        return net.cat({net.add(a, b), net.add(b, b), net.relu(net.relu(b))});
    });
    const char* names[] = {"input", "relu", "relu_2", "relu6", "add", "add_1", "relu_1", "relu_3", "cat"};
    CHECK(g.problem.mistake == Mistake::none);
    REQUIRE(g.count == 9);
    for (const char* name : names) CHECK(test::find(g, name) >= 0);
}

TEST_CASE("mistakes name the layer and the shapes it is about") {
    check_mistake(Mistake::groups_do_not_divide, {8, 9, 6}, {1, 1, 4},
                  [](auto& net, Value x) { return net.conv2d("it", x, {.out = 8, .groups = 4}); });
    check_mistake(Mistake::groups_do_not_divide, {8, 9, 6}, {1, 1, 3},
                  [](auto& net, Value x) { return net.conv2d("it", x, {.out = 8, .groups = 3}); });
    check_mistake(Mistake::groups_do_not_divide, {8, 9, 6}, {1, 1, 0},
                  [](auto& net, Value x) { return net.conv2d("it", x, {.out = 8, .groups = 0}); });
    check_mistake(Mistake::impossible_window, {8, 9, 6}, {},
                  [](auto& net, Value x) { return net.conv2d("it", x, {.out = 8, .dilation = 0}); });
    check_mistake(Mistake::window_does_not_fit, {8, 9, 6}, {9, 3, 6}, [](auto& net, Value x) {
        return net.conv2d("it", x, {.out = 8, .kernel = 3, .dilation = {4, 1}});
    });
    check_mistake(Mistake::operands_differ_in_shape, {4, 4, 6}, {8, 9, 6}, [](auto& net, Value x) {
        return net.cat("it", {x, net.max_pool("p", x, {.kernel = 2, .stride = 2})});
    });
    check_mistake(Mistake::operands_differ_in_shape, {8, 9, 5}, {8, 9, 6},
                  [](auto& net, Value x) { return net.mul("it", x, net.conv2d("c", x, {.out = 5})); });
    check_mistake(Mistake::too_many_operands, {8, 9, 6}, {1, 1, 8}, [](auto& net, Value x) {
        return net.cat("it", {x, x, x, x, x, x, x, x, x});
    });
    check_mistake(Mistake::nothing_to_join, {}, {}, [](auto& net, Value) { return net.cat("it", {}); });
    check_mistake(Mistake::empty_range, {8, 9, 6}, {},
                  [](auto& net, Value x) { return net.clamp("it", x, 1.0f, 1.0f); });
    check_mistake(Mistake::pool_padding_too_large, {8, 9, 6}, {1, 1, 6},
                  [](auto& net, Value x) { return net.avg_pool("it", x, {.kernel = 3, .stride = 1, .pad = 2}); });
    check_mistake(Mistake::window_does_not_fit, {8, 9, 6}, {1, 1, 6}, [](auto& net, Value x) {
        return net.adaptive_avg_pool("it", x, {0, 1});
    });
    CHECK(problem({8, 9, 6}, [](auto& net, Value x) {
              return net.cat("c", {x, x, x, x, x, x, x, x});
          }).mistake == Mistake::none);
}

TEST_CASE("a sum of products may be as long as its groups make it") {
    // 300 x 300 taps of one channel do not fit 32 bits; 300 x 200 do, and so do 300 channels of them, one by one.
    const auto mistake = [](int groups, Pair kernel) {
        return problem({300, 300, 300},
                       [&](auto& net, Value x) {
                           return net.conv2d("it", x, {.out = 300, .kernel = kernel, .groups = groups});
                       })
            .mistake;
    };
    CHECK(mistake(300, {300, 300}) == Mistake::window_overflows);
    CHECK(mistake(300, {300, 200}) == Mistake::none);
    CHECK(mistake(150, {300, 200}) == Mistake::window_overflows);
}
