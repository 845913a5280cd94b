// Contract 1 for convolutions whose channels do not all see each other, and whose taps do not lie side by side; the
// layout of weights; and the float tiles.
#include "conv2d_check.hpp"

using namespace test;

TEST_CASE("groups") {
    constexpr Window same{3, 1, 1};
    sweep<conv({6, 7, 10}, 6, same, relu, 2), Fbgemm>();               // 5 channels to 3
    sweep<conv({5, 6, 21}, 9, {3, 2, 1}, plus, 3), Onednn>();          // 7 to 3
    sweep<conv({4, 5, 12}, 4, same, clamp, 4), Qnnpack>();             // 3 to 1
    sweep<conv({5, 5, 6}, 12, same, none, 6), Onednn2>();              // 1 to 2
    sweep<conv({3, 9, 80}, 146, {1, 1, 0}, plus_relu, 2), Qnnpack>();  // 40 to 73: several blocks and a rest
    sweep<conv({7, 4, 8}, 34, {{2, 3}, {1, 2}, {0, 1, 1, 0}}, none, 2, 1), Fbgemm>();
}

TEST_CASE("groups and the tail of an addition") {
    sweep<conv({3, 7, 6}, 3, {1, 1, 0}, plus, 3), Onednn2>();       // 63 elements: all tail
    sweep<conv({5, 5, 6}, 18, {1, 1, 0}, plus, 2), Fbgemm>();       // 450: 448 and 2, in the last group only
    sweep<conv({5, 7, 4}, 10, {1, 1, 0}, plus_relu, 2), Onednn>();  // 350: 320 and 30, from a group's first channel on
    sweep<conv({1, 5, 6}, 30, {1, 1, 0}, plus, 2), Fbgemm>();       // 150: 128 and 22, within a vector of a group
}

TEST_CASE("a filter for each channel") {
    constexpr Window same{3, 1, 1};
    sweep<depthwise({7, 7, 5}, same, relu), Fbgemm>();
    sweep<depthwise({8, 9, 17}, {3, 2, 1}, plus), Onednn>();
    sweep<depthwise({9, 8, 33}, {{5, 7}, 1, {2, 3}}, clamp), Qnnpack>();
    sweep<depthwise({6, 11, 96}, {3, {1, 2}, 1}, plus_relu), Onednn2>();
    sweep<depthwise({5, 13, 16}, same, clamp_plus, 2), Qnnpack>();
    sweep<depthwise({12, 11, 5}, {3, 1, 2, 2}), Onednn2>();
    sweep<depthwise({10, 14, 17}, {{2, 3}, {3, 2}, {0, 1, 2, 3}, {3, 2}}, relu), Qnnpack>();
    sweep<depthwise({3, 3, 33}, {3, 1, 3}), Fbgemm>();                               // windows that miss the image
    sweep<depthwise({2, 3, 17}, {{2, 3}, 1, {5, 4}, {3, 2}}, relu_plus), Onednn>();  // likewise
}

TEST_CASE("dilation") {
    sweep<conv({9, 10, 5}, 20, {3, 1, 2, 2}, relu), Onednn>();
    sweep<conv({13, 12, 4}, 17, {3, 2, {1, 2, 3, 0}, {2, 3}}, plus), Qnnpack>();
    sweep<conv({7, 5, 8}, 16, {{3, 1}, 1, {2, 0}, {2, 5}}), Fbgemm>();
    sweep<conv({5, 9, 3}, 7, {{1, 3}, {1, 2}, {0, 3}, {4, 3}}, clamp), Onednn2>();
    sweep<conv({9, 8, 6}, 4, {3, 1, 2, 2}, plus_relu, 2), Onednn>();
    sweep<conv({4, 5, 3}, 9, {3, 1, 4, 4}), Onednn2>();                      // only the middle row meets the image
    sweep<conv({2, 3, 5}, 33, {{2, 3}, {2, 1}, {5, 4}, {3, 2}}), Fbgemm>();  // windows that miss it altogether
}

namespace {
void check_layout(const WeightLayout& l) {
    INFO(l.channels << " channels in " << l.groups << " groups, lanes " << l.lanes << " vectors " << l.vectors);
    std::vector<int> seen(l.size());
    for (int o = 0; o < l.channels; ++o)
        for (int r = 0; r < l.rows; ++r)
            for (int e = 0; e < l.row_elements(); ++e) {
                const int run = e / l.run_elements, i = e % l.run_elements;
                ++seen.at(l.index(o, r, run) + std::size_t(i / l.unit) * l.step_stride(o) + l.unit_offset(i % l.unit));
            }
    CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n <= 1; }));
    CHECK(std::count(seen.begin(), seen.end(), 1) == l.channels * l.rows * l.row_elements());
    std::vector<int> padded(std::size_t(l.padded_channels()));
    for (int o = 0; o < l.channels; ++o) ++padded.at(std::size_t(l.padded(o)));
    CHECK(std::count(padded.begin(), padded.end(), 1) == l.channels);
    CHECK(l.padded_channels() % l.lanes == 0);
}
template <ConvSpec S>
void check_layouts() {
    check_layout(Conv2dKernel<S, Arch, Dot, kernels::direct>::layout);
    check_layout(Conv2dKernel<S, Arch, Arch::float_dot>::layout);
}
}  // namespace

TEST_CASE("weight layouts are permutations with zeros between") {
    check_layouts<conv({9, 9, 3}, 37, {7, 2, 3})>();
    check_layouts<conv({9, 9, 21}, 15, {3, 1, 1}, none, 3)>();
    check_layouts<conv({9, 9, 40}, 146, {3, 1, 1}, none, 2)>();
    check_layouts<conv({9, 9, 5}, 20, {3, 1, 2, 2})>();
    check_layouts<depthwise({9, 9, 33}, {{5, 7}, 1, 3})>();
}

namespace {
// The float tile sums in another order than its reference, which is in double.
template <ConvSpec S>
void check_float() {
    using Kernel = Conv2dKernel<S, Arch, Arch::float_dot>;
    constexpr WeightLayout l = Kernel::layout;
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    std::vector<float> in(S.input.extent() + 16), out(S.output.extent(), 77.0f), res(S.residual.extent() + 16);
    std::vector<float> weights(std::size_t(l.channels * l.rows * l.row_elements())), packed(l.size());
    std::vector<float> bias(std::size_t(l.padded_channels()));
    for (int y = 0; y < S.input.shape.h; ++y)
        for (int i = 0; i < S.input.shape.w * S.input.shape.c; ++i)
            in[std::size_t(S.input.at(y, 0) + i)] = value(random);
    for (auto* v : {&res, &weights, &bias})
        for (float& x : *v) x = value(random);
    pack_weights(l, weights.data(), packed.data());
    constexpr float low = -0.4f, high = 0.7f;
    using Of = FloatEpilogueOf<S, V>;
    const typename Of::type epilogue{Of::places, out.data(), res.data(), bias.data(), low, high};
    Kernel::run(in.data(), packed.data(), TileEpilogue(epilogue), Kernel::units / 2, Kernel::units);
    Kernel::run(in.data(), packed.data(), TileEpilogue(epilogue), 0, Kernel::units / 2);
    double worst = 0;
    for (int y = 0; y < S.output.shape.h; ++y)
        for (int x = 0; x < S.output.shape.w; ++x)
            for (int o = 0; o < S.channels(); ++o) {
                double sum = reference::conv2d_accumulate(S, in.data(), 0.0, weights.data(), y, x, o);
                sum += double(bias[std::size_t(l.padded(o))]);
                if (S.epilogue.relu) sum = std::max(sum, 0.0);
                if (S.epilogue.clamp) sum = std::clamp(sum, double(low), double(high));
                if (S.epilogue.residual) sum += double(res[std::size_t(S.residual.at(y, x) + o)]);
                if (S.epilogue.residual_relu) sum = std::max(sum, 0.0);
                float& found = out[std::size_t(S.output.at(y, x) + o)];
                worst = std::max(worst, std::abs(double(found) - sum));
                found = 77.0f;
            }
    CHECK(worst < 1e-5);
    CHECK(std::count(out.begin(), out.end(), 77.0f) == std::ptrdiff_t(out.size()));  // nothing else was written
}
}  // namespace

TEST_CASE("the float tile sums what the reference sums") {
    check_float<conv({9, 11, 5}, 21, {3, 2, 1}, {.relu = true, .residual = true, .residual_relu = true})>();
    check_float<conv({8, 7, 10}, 38, {3, 1, 1}, clamp_plus, 2)>();
    check_float<conv({9, 10, 5}, 20, {3, 1, 2, 2}, clamp)>();
    check_float<depthwise({8, 9, 17}, {3, 2, 1}, plus_relu)>();
    check_float<depthwise({9, 12, 33}, {{5, 3}, 1, {4, 2}, {2, 2}}, clamp)>();
    check_float<depthwise({2, 3, 5}, {{2, 3}, 1, {5, 4}, {3, 2}}, relu)>();
}
