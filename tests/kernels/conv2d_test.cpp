// Contract 1: every convolution kernel gives its reference's bytes, for every shape, tail, alignment and extreme value,
// whatever the arithmetic. Built once per architecture. (Groups and dilation: grouped_conv2d_test.cpp.)
#include "conv2d_check.hpp"

using namespace test;

TEST_CASE("1x1 convolutions and linear layers") {
    sweep<conv({1, 1, 4}, 1, {}), OnednnLinear>();
    sweep<conv({1, 1, 512}, 102, {}), OnednnLinear>();
    sweep<conv({1, 1, 7}, 5, {}, relu), OnednnLinear>();
    sweep<conv({1, 1, 33}, 65, {}, clamp), Fbgemm>();
    sweep<conv({1, 1, 40}, 33, {}), Qnnpack>();
    sweep<conv({6, 5, 3}, 17, {}, relu), Onednn>();
    sweep<conv({9, 9, 8}, 32, {1, 2, 0}), Qnnpack>();
    sweep<conv({8, 15, 20}, 48, {1, 1, 0}, plus), Onednn2>();
}

TEST_CASE("3x3 convolutions at every edge and stride") {
    constexpr Window same{3, 1, 1};
    sweep<conv({1, 1, 3}, 5, same), Qnnpack>();
    sweep<conv({2, 2, 4}, 16, same), Onednn2>();
    sweep<conv({7, 7, 16}, 64, same, plus_relu), Fbgemm>();
    sweep<conv({5, 13, 5}, 29, same, relu), Onednn2>();
    sweep<conv({4, 29, 6}, 80, same, plus), Qnnpack>();
    sweep<conv({9, 10, 3}, 31, {3, 2, 1}, relu), Fbgemm>();
    sweep<conv({8, 11, 12}, 40, {3, {2, 3}, {1, 0, 0, 1}}), Onednn>();
    sweep<conv({8, 8, 3}, 8, {3, 2, {0, 0, 1, 1}}, clamp), Onednn>();
    sweep<conv({5, 5, 9}, 24, {3, 1, 2}, relu_plus), Onednn2>();
    sweep<conv({6, 3, 5}, 11, {3, 4, 1}, none, 1, 2), Fbgemm>();
}

TEST_CASE("a tile that is a whole row skips the columns in the padding") {
    constexpr ConvSpec narrow = conv({3, 4, 4}, V::lanes, {3, 1, 1});
    static_assert(kernels::detail::skips_columns<Dot>(narrow));  // on every architecture
    sweep<narrow, Qnnpack>();
    sweep<conv({7, 7, 32}, 64, {3, 1, 1}, relu_plus), Fbgemm>();
    sweep<conv({4, 6, 8}, 16, {3, 1, 1}, relu), Onednn>();
    sweep<conv({5, 13, 8}, 16, {3, 2, 1}, plus), Onednn2>();
    sweep<conv({3, 4, 4}, 40, {5, 1, 2}), Qnnpack>();
    sweep<conv({4, 2, 12}, 16, {3, 1, {0, 3, 0, 1}}), Fbgemm>();  // pixels of which some see padding only
    sweep<conv({5, 9, 4}, 24, {{3, 5}, {1, 3}, {1, 4, 1, 2}}), Onednn>();
    sweep<conv({5, 4, 5}, V::lanes, {3, 1, 2, 2}, relu), Fbgemm>();  // dilated
    sweep<conv({5, 4, 6}, 2 * V::lanes, {3, 1, 1}, plus, 2), Onednn>();
}

TEST_CASE("which pixels read which columns") {
    for (const int stride : {1, 2, 3})
        for (const int dilation : {1, 2})
            for (const int pad : {0, 1, 4})
                for (const int width : {1, 3, 7}) {
                    const kernels::detail::TileColumns columns{stride, dilation, pad, width};
                    for (int p = 0; p < 6; ++p)
                        for (int k = 0; k < 5; ++k) {
                            const int x = p * stride - pad + k * dilation;
                            const bool inside = x >= 0 && x < width;
                            CHECK((columns.first(k) <= p && p < columns.last(k, 6)) == inside);
                            CHECK((columns.first_run(p) <= k && k < columns.last_run(p, 5)) == inside);
                        }
                }
}

TEST_CASE("odd kernels") {
    sweep<conv({12, 11, 3}, 20, {7, 2, 3}, relu), Fbgemm>();
    sweep<conv({10, 9, 13}, 29, {{5, 7}, 3, {2, 3, 2, 3}}), Onednn>();
    sweep<conv({6, 12, 2}, 10, {{1, 5}, 1, {0, 2, 0, 2}}, plus_relu), Qnnpack>();
    sweep<conv({9, 4, 2}, 6, {{4, 1}, {2, 1}, {1, 0, 2, 0}}), Onednn2>();
    sweep<conv({4, 4, 1}, 3, {4, 1, 0}), Onednn>();
    sweep<conv({3, 3, 2}, 4, {3, 1, 3}), Fbgemm>();  // windows that miss the image in part or altogether
}

TEST_CASE("the tail of an addition that ATen computes without fma") {
    sweep<conv({3, 7, 4}, 3, {1, 1, 0}, plus), Fbgemm>();          // 63 elements: all tail
    sweep<conv({3, 7, 4}, 5, {1, 1, 0}, plus_relu), Onednn>();     // 105: 64 and 41
    sweep<conv({5, 5, 8}, 17, {1, 1, 0}, clamp_plus), Onednn2>();  // 425: 384 and 41, within a vector
}
