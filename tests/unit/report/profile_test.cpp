#include "catch.hpp"

#include <algorithm>
#include <string>

#include <octet/report/machine.hpp>
#include <octet/report/profile.hpp>
#include <octet/report/profile_text.hpp>

#include "networks.hpp"

using namespace octet;

namespace {

struct Net {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({8, 8, 3});
        x = net.relu(net.conv2d("stem", x, {.out = 16, .kernel = 3, .pad = 1, .bias = true}));
        auto y = net.conv2d("each", x, {.out = 16, .kernel = 3, .pad = 1, .groups = 16, .bias = true});
        x = net.relu(net.add("sum", y, x));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 10}));
    }
};
using Mixed = QConfigMapping<Global<qconfig::fbgemm>, ModuleName<"fc", qconfig::none>>;

// 100 int8 and 50 float MACs, 40, 20 and 10 bytes a nanosecond.
constexpr Machine machine{100, 50, {{{1000, 40}, {100'000, 20}, {MemoryLevel{}.bytes, 10}}}};

const LayerProfile& find(const Profile& profile, const std::string& name, const std::string& type) {
    const auto found = std::find_if(profile.layers.begin(), profile.layers.end(),
                                    [&](const LayerProfile& l) { return l.name == name && l.type == type; });
    INFO(name + ", " + type);
    REQUIRE(found != profile.layers.end());
    return *found;
}

}  // namespace

TEST_CASE("bytes are read from the smallest level that holds them") {
    CHECK(machine.level(1000) == Bound::l2);
    CHECK(machine.level(1001) == Bound::l3);
    CHECK(machine.level(100'001) == Bound::dram);
    CHECK(machine.read_us(40'000, Bound::l2) == Approx(1));
    CHECK(machine.read_us(40'000, Bound::dram) == Approx(4));
}

TEST_CASE("the bound is what takes longest") {
    const auto check = [](LayerWork work, std::uint64_t all_weights, double us, Bound bound) {
        const Roofline r = roofline(work, machine, all_weights);
        CHECK(r.us == Approx(us));
        CHECK(bound_name(r.bound) == std::string(bound_name(bound)));
    };
    check({.macs = 1'000'000, .weight_bytes = 500, .activation_bytes = 500}, 500, 10, Bound::compute);
    check({.int8 = false, .macs = 1'000'000}, 0, 20, Bound::compute);
    check({.macs = 1'000'000, .multiplications = 0.25}, 0, 2.5, Bound::compute);
    // The same layer, in a network whose weights pass through L2, L3 or DRAM between two uses.
    const LayerWork weights{.macs = 100, .weight_bytes = 800};
    check(weights, 800, 0.02, Bound::l2);
    check(weights, 50'000, 0.04, Bound::l3);
    check(weights, 500'000, 0.08, Bound::dram);
    // Activations, which scratch memory can displace.
    check({.activation_bytes = 800}, 500'000, 0.02, Bound::l2);
    check({.activation_bytes = 800, .scratch_bytes = 800}, 500'000, 0.04, Bound::l3);
    check({.weight_bytes = 800, .activation_bytes = 2000}, 500'000, 0.18, Bound::l3);  // 0.08 + 0.1
    check({.weight_bytes = 1000, .activation_bytes = 800}, 500'000, 0.12, Bound::dram);
}

TEST_CASE("a profile has every step of the forward pass") {
    const auto model = test::random_model<Net>();
    const auto images = test::random_images(FloatModel<Net>::input_shape, 2);
    const auto int8 = convert(calibrate(prepare<Mixed>(model), images));
    const Profile profile = octet::profile(int8, images[0].data(), machine, {.warm_up = 0, .passes = 2});

    REQUIRE(int(profile.layers.size()) == decltype(int8)::forward::graph.count);
    const LayerProfile& stem = find(profile, "stem", "ConvReLU2d");
    CHECK(stem.algorithm == "direct");
    CHECK(stem.work.macs == 8 * 8 * 16 * 27);
    CHECK(stem.work.weight_bytes >= 16 * 27);
    CHECK(stem.work.activation_bytes >= 8 * 8 * (3 + 16));
    const LayerProfile& each = find(profile, "each", "Conv2d + AddReLU");  // which reads two values
    CHECK(each.algorithm == "depthwise");
    CHECK(each.work.macs == 8 * 8 * 16 * 9);
    CHECK(each.work.activation_bytes >= 8 * 8 * 3 * 16);
    const LayerProfile& fc = find(profile, "fc", "Linear");
    CHECK_FALSE(fc.work.int8);
    CHECK(fc.work.macs == 160);
    CHECK(fc.work.weight_bytes >= 4 * 160);
    find(profile, profile.layers[profile.layers.size() - 2].name, "DeQuantize");

    std::uint64_t macs = 0;
    for (const LayerProfile& layer : profile.layers) {
        INFO(layer.name);
        macs += layer.work.macs;
        CHECK(layer.us > 0);
        CHECK(layer.best.us > 0);
        CHECK(layer.work.activation_bytes > 0);
        CHECK(layer.algorithm.empty() == (layer.work.macs == 0));
        CHECK(layer.gmacs() == Approx(double(layer.work.macs) / layer.us / 1000));
        CHECK(layer.of_peak(machine) == Approx(layer.gmacs() / (layer.work.int8 ? 100 : 50)));
    }
    CHECK(profile.total().work.macs == macs);

    const Profile of_float = octet::profile(model, images[0].data(), machine, {.warm_up = 0, .passes = 1});
    CHECK(int(of_float.layers.size()) == FloatModel<Net>::forward::graph.count);
    CHECK_FALSE(find(of_float, "stem", "ConvReLU2d").work.int8);
}

TEST_CASE("a profile is a table") {
    Profile profile{machine, {{"conv", "Conv2d", "winograd", {}, 20}, {"pool", "MaxPool2d", "", {}, 5}}};
    profile.layers[0].work = {.macs = 1'500'000, .weight_bytes = 2048, .scratch_bytes = 1024};
    profile.layers[0].best = {15, Bound::compute};
    profile.layers[1].best = {2.5, Bound::l2};
    CHECK(to_text(profile) ==
          R"(profile     type       algorithm  weights  scratch     time  at best  GMAC/s  of peak    bound
──────────────────────────────────────────────────────────────────────────────────────────────
conv        Conv2d     winograd   2.0 KiB  1.0 KiB  20.0 µs  15.0 µs    75.0   75.0 %  compute
pool        MaxPool2d                               5.00 µs  2.50 µs                        L2
──────────────────────────────────────────────────────────────────────────────────────────────
all layers                        2.0 KiB  1.0 KiB  25.0 µs  17.5 µs    60.0   60.0 %
1 thread of this machine: int8 100 GMAC/s, float 50 GMAC/s, 1000 B of L2 40 GB/s, 97.7 KiB of L3 20 GB/s, DRAM 10 GB/s
)");
}

TEST_CASE("a machine can multiply and read") {
    const Machine m = measure_machine();
    CHECK(m.int8_gmacs > 0.01);
    CHECK(m.float_gmacs > 0.01);
    for (const MemoryLevel& level : m.memory) {
        CHECK(level.gb_per_s > 0.01);
        CHECK(level.bytes >= 32 * 1024);
    }
    CHECK(m.memory[0].bytes <= m.memory[1].bytes);
}
