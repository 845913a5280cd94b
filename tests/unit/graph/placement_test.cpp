// Where observers sit, which scale every value has, and where casts are, in networks with cats and float islands.
#include "catch.hpp"

#include <initializer_list>
#include <octet/graph/builder.hpp>
#include <octet/graph/fuse.hpp>
#include <octet/graph/placement.hpp>
#include <octet/graph/precision.hpp>
#include <string>
#include <vector>

#include "graphs.hpp"

using namespace octet;

namespace {

// A network, which of its layers are int8 under which qconfig, and what the passes find out.
class Case {
public:
    template <class Build>
    explicit Case(Build add_layers) {
        GraphBuilder net;
        g = fuse(net.finish(add_layers(net, net.input({6, 6, 4}))));
        place();
    }
    Case& in_float(std::initializer_list<const char*> layers) { return set(-1, layers); }
    Case& set(int qconfig, std::initializer_list<const char*> layers) {
        for (const char* layer : layers) qconfig_of[std::size_t(test::find(g, layer))] = qconfig;
        place();
        return *this;
    }
    // The name of the observer whose scale a layer's result has, and of the one that sees it; "" without one.
    std::string scale(const char* layer) const { return name(p.observer[std::size_t(test::find(g, layer))]); }
    std::string seen_by(const char* layer) const { return name(p.seen_by[std::size_t(test::find(g, layer))]); }
    int qconfig(const char* observer) const {
        for (int i = 0; i < p.count; ++i)
            if (name(i) == observer) return p.qconfig[std::size_t(i)];
        return -100;
    }
    std::vector<std::string> observers() const {
        std::vector<std::string> all;
        for (int i = 0; i < p.count; ++i) all.push_back(name(i));
        return all;
    }
    // The network with casts, as text: "conv1 conv1>float fc".
    std::string casts() const {
        std::string text;
        for (int i = 0; i < precise.count; ++i) {
            const Node& n = precise[i];
            text += (i > 0 ? " " : "") + std::string(n.name.view());
            if (n.op == Op::quantize) text += ">int8";
            if (n.op == Op::dequantize) text += ">float";
        }
        return text;
    }

    Graph g, precise;
    QConfigOf qconfig_of{};
    Placement p;

private:
    void place() {
        p = place_observers(g, decide_image(g, qconfig_of));
        precise = place_precision(g, decide_image(g, qconfig_of));
    }
    std::string name(int observer) const {
        return observer < 0 ? "" : std::string(g[p.owner[std::size_t(observer)]].name.view());
    }
};
using Names = std::vector<std::string>;

// Every node reads values of its own precision, and casts change it.
void check_precisions(GraphView g) {
    for (int i = 0; i < g.count; ++i)
        for (const int input : g[i].inputs) {
            const bool cast = g[i].op == Op::quantize || g[i].op == Op::dequantize;
            CHECK(input < i);
            CHECK((g[input].quantized == g[i].quantized) != cast);
        }
}

Case squeeze() {
    return Case([](auto& net, Value x) {
        x = net.conv2d("a", x, {.out = 4});
        const auto left = net.relu(net.conv2d("left", x, {.out = 3})), right = net.conv2d("right", x, {.out = 5});
        const auto pooled = net.max_pool("pool", x, {.kernel = 3, .stride = 1, .pad = 1});
        return net.flatten("flat", net.relu6("six", net.cat("cat", {left, pooled, right})));
    });
}

}  // namespace

TEST_CASE("a cat's operands share its observer; a pool among them keeps its scale and is seen by it") {
    const Case c = squeeze();
    CHECK(c.observers() == Names{"input", "a", "left"});
    for (const char* layer : {"left", "right", "cat", "six", "flat"}) {
        CHECK(c.scale(layer) == "left");
        CHECK(c.seen_by(layer) == "left");
    }
    CHECK(c.scale("pool") == "a");
    CHECK(c.seen_by("pool") == "left");
    CHECK(c.scale("a") == "a");
    CHECK(c.seen_by("a") == "a");
}

TEST_CASE("the first operand of a cat may itself pass numbers on") {
    const Case c([](auto& net, Value x) {
        x = net.conv2d("a", x, {.out = 4});
        const auto pooled = net.max_pool("pool", x, {.kernel = 3, .stride = 1, .pad = 1});
        return net.cat("cat", {pooled, net.conv2d("b", x, {.out = 2})});
    });
    CHECK(c.observers() == Names{"input", "a"});
    CHECK(c.scale("b") == "a");
    CHECK(c.scale("pool") == "a");
    CHECK(c.scale("cat") == "a");
}

TEST_CASE("cats of cats, of the image, and of values twice") {
    const Case nested([](auto& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 4}), b = net.conv2d("b", a, {.out = 4}),
                   c = net.conv2d("c", b, {.out = 4});
        const auto ab = net.cat("ab", {a, b});
        return net.cat("cab", {c, ab, a, a});
    });
    // a moved to c's observer, and the inner cat's scale with it; b stays with the one that a gave it (as in
    // PyTorch 2.9.1).
    CHECK(nested.observers() == Names{"input", "a", "b"});
    for (const char* layer : {"a", "c", "ab", "cab"}) CHECK(nested.scale(layer) == "a");
    CHECK(nested.scale("b") == "b");

    const Case image([](auto& net, Value x) { return net.cat("cat", {net.conv2d("a", x, {.out = 4}), x}); });
    CHECK(image.observers() == Names{"input"});  // named after the first node it watches
    CHECK(image.scale("a") == "input");
    const Case first([](auto& net, Value x) { return net.cat("cat", {x, net.conv2d("a", x, {.out = 4})}); });
    CHECK(first.observers() == Names{"input"});
}

TEST_CASE("cats that share operands in a circle come to an end") {
    const Case c([](auto& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 4}), b = net.conv2d("b", x, {.out = 4}),
                   d = net.conv2d("d", x, {.out = 4});
        return net.cat("all", {net.cat("ab", {a, b}), net.cat("da", {d, a}), net.cat("bd", {b, d})});
    });
    CHECK(c.observers() == Names{"input", "a", "b"});
    for (const char* layer : {"a", "ab", "all"}) CHECK(c.scale(layer) == "a");
    for (const char* layer : {"b", "d", "da", "bd"}) CHECK(c.scale(layer) == "b");
}

TEST_CASE("what makes new numbers has an observer of its own") {
    const Case c([](auto& net, Value x) {
        const auto y = net.clamp("gate", net.linear("fc", net.flatten("flat", x), {.out = 4}), 0.0f, 1.0f);
        const auto m = net.relu(net.mul("product", y, y));
        return net.relu("r", net.add("sum", m, net.relu("again", m)));
    });
    CHECK(c.observers() == Names{"input", "fc", "product", "sum"});
    CHECK(c.scale("flat") == "input");
    CHECK(c.scale("gate") == "fc");
    CHECK(c.scale("again") == "product");
}

TEST_CASE("a float value is observed only where int8 reads it, with the first reader's qconfig") {
    Case c([](auto& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 4});
        const auto b = net.conv2d("b", a, {.out = 4}), d = net.conv2d("d", a, {.out = 4});
        return net.linear("fc", net.flatten("flat", net.add("sum", b, d)), {.out = 2});
    });
    c.set(1, {"b"}).set(2, {"d"}).in_float({"a"});
    CHECK(c.observers() == Names{"a", "b", "d", "sum", "fc"});  // only a float layer reads the image
    CHECK(c.qconfig("a") == 1);
    CHECK(c.qconfig("d") == 2);
    c.in_float({"b", "d", "sum"});
    CHECK(c.observers() == Names{"sum", "fc"});  // flat reads sum in int8
    CHECK(c.scale("flat") == "sum");
    CHECK(c.scale("a").empty());
    CHECK(c.seen_by("a").empty());
    c.in_float({"flat", "fc"});
    CHECK(c.observers().empty());
}

TEST_CASE("casts: one for each value that needs one, none for others") {
    const auto build = [] {
        return Case([](auto& net, Value x) {
            const auto a = net.conv2d("a", x, {.out = 4});
            const auto b = net.conv2d("b", a, {.out = 4}), d = net.conv2d("d", a, {.out = 4});
            return net.add("sum", b, d);
        });
    };
    Case c = build();
    CHECK(c.casts() == "input a b d sum");
    CHECK(c.precise[0].quantized);

    c.in_float({"b", "d"});
    CHECK(c.casts() == "input a a>float b d b>int8 d>int8 sum");
    check_precisions(c.precise);
    CHECK(c.precise[c.precise.output].quantized);
    const Node& cast = c.precise[2];
    CHECK((cast.op == Op::dequantize && cast.result == 1 && !cast.quantized && cast.shape == Shape{6, 6, 4}));

    c = build().in_float({"a"});
    CHECK(c.casts() == "input a a>int8 b d sum");  // the image is not quantized: only a float layer reads it
    CHECK_FALSE(c.precise[0].quantized);
    check_precisions(c.precise);

    c = build().in_float({"sum"});
    CHECK(c.casts() == "input a b d b>float d>float sum");
    CHECK_FALSE(c.precise[c.precise.output].quantized);
    check_precisions(c.precise);

    c = build().in_float({"input", "a", "b", "d", "sum"});
    CHECK(c.casts() == "input a b d sum");
    for (int i = 0; i < c.precise.count; ++i) CHECK_FALSE(c.precise[i].quantized);
}

TEST_CASE("an image that both read is quantized once") {
    Case c([](auto& net, Value x) {
        const auto a = net.conv2d("a", x, {.out = 4}), b = net.conv2d("b", x, {.out = 4});
        return net.cat("cat", {a, b, net.conv2d("d", x, {.out = 4})});
    });
    c.in_float({"a"});
    CHECK(c.casts() == "input a input>int8 b d a>int8 cat");
    CHECK_FALSE(c.precise[0].quantized);
    check_precisions(c.precise);
    CHECK(c.observers() == Names{"input", "a"});  // the cat's, shared by the float operand
    for (const char* layer : {"a", "b", "d", "cat"}) CHECK(c.scale(layer) == "a");
    c.in_float({"cat"});
    CHECK(c.casts() == "input a input>int8 b d b>float d>float cat");
    CHECK(c.scale("b") == "b");
    CHECK(c.scale("d") == "d");
    CHECK(c.scale("cat").empty());
}

TEST_CASE("a pool left in float between int8 layers") {
    Case c = squeeze();
    c.in_float({"pool"});
    CHECK(c.casts() == "input a left right a>float pool pool>int8 cat six flat");
    check_precisions(c.precise);
    CHECK(c.scale("pool") == "left");  // quantized to the cat's scale at once
    for (int i = 0; i < c.precise.count; ++i) CHECK(c.g[c.precise[i].result].shape == c.precise[i].shape);
}

TEST_CASE("a network with more casts than there is room for is a mistake, not a crash") {
    GraphBuilder net;
    auto x = net.input({1, 1, 1});
    for (int i = 1; i < Graph::max_nodes; ++i) x = net.relu(Name("r") + i, x);
    const Graph g = fuse(net.finish(x));
    REQUIRE(g.problem.mistake == Mistake::none);
    QConfigOf every_second{};
    for (std::size_t i = 1; i < every_second.size(); i += 2) every_second[i] = -1;
    CHECK(place_precision(g, every_second).problem.mistake == Mistake::too_many_nodes);
}
