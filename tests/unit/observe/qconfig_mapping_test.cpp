// Which layer gets which qconfig: the precedence of PyTorch's QConfigMapping, worked out by hand.
#include "catch.hpp"

#include <octet/graph/builder.hpp>
#include <octet/observe/moving_average_min_max.hpp>
#include <octet/observe/qconfig_mapping.hpp>
#include <string>
#include <vector>

using namespace octet;

namespace {

struct Blocks {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({8, 8, 4});
        x = net.relu(net.batch_norm("stem.bn", net.conv2d("stem.conv", x, {.out = 4})));
        for (int block = 0; block < 2; ++block) {
            const Name name = Name("layer1.") + block;
            auto y = net.relu(name + ".relu", net.conv2d(name + ".conv1", x, {.out = 4}));
            y = net.conv2d(name + ".conv2", y, {.out = 4});
            x = net.relu(net.add(name + ".add", x, y));
        }
        x = net.max_pool("pool", net.conv2d("layer10.conv", x, {.out = 4}), {});
        x = net.flatten("flatten", net.mul("mul", x, x));
        return net.finish(net.linear("fc2", net.relu(net.linear("fc1", x, {.out = 3})), {.out = 2}));
    }
};

// Qconfigs that differ only in their names.
struct A : QConfig<MinMaxObserver<>, PerChannelMinMaxObserver<>, numerics::Fbgemm> {
    static constexpr const char* name = "a";
};
struct B : A {
    static constexpr const char* name = "b";
};
struct C : A {
    static constexpr const char* name = "c";
};
struct D : A {
    static constexpr const char* name = "d";
};
using none = qconfig::none;

// The qconfigs of all layers: a letter each, - where there is none.
template <class Mapping>
std::string letters() {
    constexpr QConfigOf numbers = Mapping::template qconfig_of<Blocks>();
    std::string text;
    for (int i = 1; i < fused_graph_of<Blocks>().count; ++i) {
        std::string letter = "-";
        with_qconfig<Mapping>(numbers[std::size_t(i)], [&]<class QC>() { letter = QC::name; });
        text += letter;
    }
    return text;
}

}  // namespace

// The layers:  stem.conv  layer1.0.{conv1 conv2 add}  layer1.1.{conv1 conv2 add}  layer10.conv  pool  mul  flatten  fc1
// fc2
TEST_CASE("global, and nothing at all") {
    REQUIRE(fused_graph_of<Blocks>().count == 14);
    CHECK(letters<QConfigMapping<Global<A>>>() == "aaaaaaaaaaaaa");
    CHECK(letters<QConfigMapping<Global<none>, ObjectType<Op::add, A>>>() == "---a--a------");
    CHECK(letters<QConfigMapping<ObjectType<Op::linear, A>>>() == "-----------aa");  // without Global: in float
    CHECK(letters<QConfigMapping<Global<A>, Global<B>>>() == "bbbbbbbbbbbbb");       // as with PyTorch's setters
}

TEST_CASE("the type of a layer is stronger than global; of two entries the later one counts") {
    CHECK(letters<QConfigMapping<ObjectType<Op::conv2d, B>, Global<A>>>() == "bbbabbabaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ObjectType<Op::conv2d, B>, ObjectType<Op::conv2d, C>>>() ==
          "cccaccacaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ObjectType<Op::mul, none>>>() == "aaaaaaaaa-aaa");
    // A type that does not occur, and those of operations that were fused into others.
    CHECK(letters<QConfigMapping<Global<A>, ObjectType<Op::cat, B>>>() == "aaaaaaaaaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ObjectType<Op::relu, B>, ObjectType<Op::batch_norm, C>>>() ==
          "aaaaaaaaaaaaa");
}

TEST_CASE("regular expressions are stronger than types; the first that matches counts") {
    CHECK(letters<QConfigMapping<ModuleNameRegex<"layer1", B>, Global<A>, ObjectType<Op::conv2d, C>>>() ==
          "cbbbbbbbaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleNameRegex<"layer1\\.", B>, ModuleNameRegex<"layer1", C>>>() ==
          "abbbbbbcaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleNameRegex<"layer1", C>, ModuleNameRegex<"layer1\\.", B>>>() ==
          "acccccccaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleNameRegex<".*conv2", none>>>() == "aa-aa-aaaaaaa");
}

TEST_CASE("names are stronger than regular expressions; the nearest module counts, wherever it stands") {
    using ModuleOnly = QConfigMapping<Global<A>, ModuleName<"layer1", B>>;
    CHECK(letters<ModuleOnly>() == "abbbbbbaaaaaa");  // layer10 is another module
    CHECK(letters<QConfigMapping<Global<A>, ModuleName<"layer1.1.conv2", D>, ModuleName<"layer1.1", C>,
                                 ModuleName<"layer1", B>, ModuleNameRegex<"layer1", none>,
                                 ObjectType<Op::conv2d, none>>>() == "-bbbcdc-aaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleName<"layer1", none>, ModuleName<"layer1.0.add", B>>>() ==
          "a--b---aaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleName<"fc1", B>, ModuleName<"fc1", C>>>() == "aaaaaaaaaaaca");
    CHECK(letters<QConfigMapping<Global<A>, ModuleName<"pool", B>, ModuleName<"mul", none>>>() == "aaaaaaaab-aaa");
}

TEST_CASE("a module's n-th layer of a kind is strongest") {
    CHECK(letters<QConfigMapping<ModuleNameObjectTypeOrder<"layer1.0", Op::conv2d, 1, C>, Global<A>,
                                 ModuleName<"layer1.0.conv2", B>>>() == "aacaaaaaaaaaa");
    CHECK(letters<QConfigMapping<Global<A>, ModuleNameObjectTypeOrder<"", Op::linear, 1, C>,
                                 ModuleNameObjectTypeOrder<"layer1.1", Op::add, 0, D>>>() == "aaaaaadaaaaac");
    CHECK(letters<QConfigMapping<Global<A>, ModuleNameObjectTypeOrder<"layer1.0", Op::conv2d, 0, C>,
                                 ModuleNameObjectTypeOrder<"layer1.0", Op::conv2d, 0, D>>>() == "adaaaaaaaaaaa");
}

TEST_CASE("a mapping's parts") {
    using Mapping =
        QConfigMapping<Global<B>, ObjectType<Op::linear, none>, ModuleName<"stem", A>, ModuleName<"pool", B>>;
    STATIC_REQUIRE(std::is_same_v<Mapping::qconfigs, std::tuple<B, A>>);
    STATIC_REQUIRE(std::is_same_v<Mapping::activation, MinMaxObserver<>>);  // they share it
    STATIC_REQUIRE(std::is_same_v<Mapping::numerics, numerics::Fbgemm>);
    using Two =
        QConfigMapping<Global<A>, ModuleName<"stem", qconfig::fbgemm>, ModuleName<"pool", qconfig::default_qconfig>>;
    STATIC_REQUIRE(
        std::is_same_v<Two::activation,
                       OneOf<MinMaxObserver<>, qconfig::fbgemm::activation, qconfig::default_qconfig::activation>>);
    STATIC_REQUIRE(HasHistogram<Two::activation>);
    STATIC_REQUIRE_FALSE(HasHistogram<OneOf<MinMaxObserver<>, MovingAverageMinMaxObserver<>>>);
}

TEST_CASE("a mapping's name tells all of it") {
    using Mapping =
        QConfigMapping<Global<qconfig::fbgemm>, ObjectType<Op::linear, none>, ModuleNameRegex<"layer1\\..*", A>,
                       ModuleName<"fc2", none>, ModuleNameObjectTypeOrder<"layer1.0", Op::add, 12, none>,
                       ModuleNameObjectTypeOrder<"", Op::mul, 0, none>>;
    CHECK(std::string(Mapping::name) ==
          "global fbgemm; type Linear none; regex layer1\\..* a; module fc2 none; order layer1.0 Add 12 none; order "
          "Mul 0 none");
    // Entries as long as they can be.
    constexpr Name longest = "a.name.of.exactly.forty.seven.characters.is.ok.";
    using Long = ModuleNameObjectTypeOrder<longest, Op::adaptive_avg_pool, 123456789, qconfig::default_qconfig>;
    const std::string_view one =
        "order a.name.of.exactly.forty.seven.characters.is.ok. AdaptiveAvgPool2d 123456789 default";
    CHECK(std::string_view(QConfigMapping<Long, Long, Long, Long, Long, Long, Long>::name).size() ==
          7 * one.size() + 6 * 2);
}

TEST_CASE("one observer of several types is the one it was made of") {
    using Either = OneOf<MinMaxObserver<>, qconfig::fbgemm::activation>;
    const std::vector<float> values{-1.0f, 0.5f, 3.0f}, more{7.0f, -2.0f};
    MinMaxObserver<> plain;
    Either either(plain), other(plain), histogram(qconfig::fbgemm::activation{});
    plain.observe(values);
    either.observe(values);
    CHECK(either.qparams() == plain.qparams());
    CHECK(either.histogram().counts.empty());
    other.observe(more);
    either.merge(other);
    plain.observe(more);
    CHECK(either.qparams() == plain.qparams());
    histogram.observe(values);
    CHECK_FALSE(histogram.histogram().counts.empty());
    CHECK(histogram.histogram().max == 3.0f);
}
