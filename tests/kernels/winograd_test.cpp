// Contract 1 for the exact Winograd convolution: the reference's bytes, for every edge of an image, whatever the
// weights.
#include <array>

#include "conv2d_check.hpp"

using namespace test;

namespace {
constexpr Window same{3, 1, 1};
template <class A>
concept HasWinograd = requires {
    typename A::int16_dot;
};
constexpr bool has_winograd = HasWinograd<Arch>;

// With weights transformed when packed and when used, whatever the model says. Where the architecture has no Winograd
// this checks the direct convolution, once more.
template <ConvSpec S, class A, class On = Arch>
void sweep_winograd(std::initializer_list<Values> kinds = {Values::random, Values::extreme}) {
    if constexpr (HasWinograd<On>) {
        using Int16 = typename On::int16_dot;
        sweep_kernel<S, A, WinogradConv2d<S, Int16, V, TransformWeights::when_packed>>(kinds);
        if constexpr (can_transform_when_used<Int16>(S))
            sweep_kernel<S, A, WinogradConv2d<S, Int16, V, TransformWeights::when_used>>(kinds);
    } else {
        sweep<S, A>(kinds);
    }
}

template <HasWinograd A, TransformWeights When>
void check_proof_of() {
    using Kernel = WinogradConv2d<conv({4, 4, 128}, 96, same), typename A::int16_dot, V, When>;
    constexpr WinogradLayout l{Kernel::layout, When};
    static_assert(l.inputs() == 128 && l.parts() == 2);
    const std::size_t size = 9 * 128;
    std::vector<std::int8_t> weights(96 * size, std::int8_t(114));  // 131,328: below the limit of 131,586
    std::vector<typename Kernel::Weight> packed(l.size());
    const auto parts = [&](int block) { return packed[std::size_t(block) * l.block_size()]; };
    const auto pack = [&] {
        Kernel::packing.pack(Kernel::layout, weights.data(), reinterpret_cast<std::byte*>(packed.data()));
    };
    pack();
    for (int b = 0; b < Kernel::layout.blocks(); ++b) CHECK(parts(b) == 1);
    for (std::size_t i = 0; i < 20; ++i) weights[i] = 127;  // 131,588: the first filter, and so the first block
    pack();
    for (int b = 0; b < Kernel::layout.blocks(); ++b) CHECK(parts(b) == (b == 0 ? 2 : 1));
    for (std::size_t i = 0; i < size; ++i) weights[i] = std::int8_t(i < 576 ? -128 : 127);  // neither sign alone
    pack();
    CHECK(parts(0) == 1);
}
template <HasWinograd A>
void check_proof() {
    check_proof_of<A, TransformWeights::when_packed>();
    check_proof_of<A, TransformWeights::when_used>();
}
template <class A>
void check_proof() {}  // nothing to prove
}  // namespace

TEST_CASE("Winograd: images of whole tiles and of parts of tiles") {
    sweep_winograd<conv({8, 8, 32}, 32, same, relu), Fbgemm>();
    sweep_winograd<conv({7, 7, 64}, 32, same, plus_relu), Onednn>();
    sweep_winograd<conv({5, 13, 33}, 29, same, relu), Onednn2>();
    sweep_winograd<conv({14, 6, 7}, 80, same, plus), Qnnpack>();
    sweep_winograd<conv({17, 22, 16}, 16, same, clamp_plus), Fbgemm>();
}

TEST_CASE("Winograd: tiles cut to 3 outputs") {
    sweep_winograd<conv({14, 7, 32}, 48, same, relu), Fbgemm>();  // 4 + 4 + 3 + 3 rows, 4 + 3 columns
    sweep_winograd<conv({6, 10, 16}, 16, same, plus_relu), Onednn>();
    sweep_winograd<conv({3, 11, 40}, 20, same, plus), Qnnpack>();
}

TEST_CASE("Winograd: how an image falls into tiles") {
    for (int outputs = 1; outputs <= 60; ++outputs) {
        const WinogradSide side{outputs};
        int next = 0, points = 0;
        for (int t = 0; t < side.tiles(); ++t) {
            CHECK(side.first(t) == next);
            CHECK((side.size(t) == 3 || side.size(t) == 4));
            next += side.size(t);
            points += side.size(t) + 2;
        }
        const bool reaches_over = outputs == 1 || outputs == 2 || outputs == 5;
        CHECK((reaches_over ? next > outputs : next == outputs));
        CHECK(side.points() == points);
    }
}

namespace {
// The rows of B^T of tiles with N - 2 outputs.
template <int N>
std::array<std::array<int, N>, N> rows_of_transform() {
    std::array<std::array<int, N>, N> rows{};
    for (int i = 0; i < N; ++i) {
        std::int16_t unit[N] = {}, r[N];
        unit[i] = 1;
        kernels::detail::transform_input<Scalar>(unit, r);
        for (int k = 0; k < N; ++k) rows[std::size_t(k)][std::size_t(i)] = r[k];
    }
    return rows;
}
// The largest magnitude that two dimensions make from bytes.
template <int N, int M>
int largest_value() {
    int largest = 0;
    for (const auto& row : rows_of_transform<N>())
        for (const auto& column : rows_of_transform<M>()) {
            int positive = 0, negative = 0;
            for (const int a : row)
                for (const int b : column) (a * b > 0 ? positive : negative) += a * b;
            largest = std::max({largest, 255 * positive, -255 * negative});
        }
    return largest;
}
}  // namespace

TEST_CASE("Winograd: transformed bytes fit in shorts") {
    CHECK(largest_value<6, 6>() == 17'340);
    CHECK(largest_value<6, 5>() == 78 * 255);
    CHECK(largest_value<5, 6>() == 78 * 255);
    CHECK(largest_value<5, 5>() == 22'950);
}

TEST_CASE("Winograd: images smaller than a tile, and other paddings") {
    sweep_winograd<conv({1, 1, 3}, 5, same), Qnnpack>();
    sweep_winograd<conv({2, 1, 40}, 16, same), Fbgemm>();
    sweep_winograd<conv({3, 2, 5}, 33, same, plus, 1, 2), Onednn2>();
    sweep_winograd<conv({9, 6, 12}, 20, {3, 1, 0}, relu), Fbgemm>();
    sweep_winograd<conv({6, 7, 12}, 20, {3, 1, 2}), Onednn>();
    sweep_winograd<conv({6, 9, 10}, 20, {3, 1, {0, 2, 1, 0}}, relu_plus), Fbgemm>();
    sweep_winograd<conv({5, 5, 10}, 20, {3, 1, {3, 1, 0, 4}}), Onednn2>();
}

TEST_CASE("Winograd: filters on both sides of the bound") {
    sweep_winograd<conv({4, 4, 128}, 40, same, plus_relu), Fbgemm>({Values::edge, Values::extreme});
    sweep_winograd<conv({5, 3, 300}, 24, same), Onednn>({Values::edge, Values::extreme});
}

TEST_CASE("Winograd: the proof is tight, block by block") { check_proof<Arch>(); }

TEST_CASE("Winograd: more input channels than are transformed together, whole and in parts") {
    sweep_winograd<conv({7, 7, 272}, 48, same, relu), Fbgemm>({Values::random, Values::edge});
}

TEST_CASE("which algorithm the policies choose") {
    constexpr ConvSpec layer = conv({56, 56, 64}, 64, same);
    CHECK(std::string(Conv2dKernel<layer, Arch, Dot, kernels::direct>::name) == "direct");
    CHECK(std::string(Conv2dKernel<layer, Arch, Dot, kernels::winograd>::name) ==
          (has_winograd ? "winograd" : "direct"));
    CHECK(std::string(Conv2dKernel<layer, Arch, Dot>::name) == (has_winograd ? "winograd" : "direct"));
    CHECK(std::string(Conv2dKernel<layer, Arch, Arch::float_dot, kernels::winograd>::name) == "direct");
    for (const ConvSpec& s : {conv({56, 56, 64}, 64, {3, 2, 1}), conv({56, 56, 64}, 64, {3, 1, 1}, none, 2),
                              conv({56, 56, 64}, 64, {3, 1, 2, 2}), conv({56, 56, 64}, 64, {{3, 1}, 1, 1})})
        CHECK_FALSE(winograd_possible(s));
}
