// AVX2 with VNNI in 256 bits: the two products of arch/avx512vnni.hpp for half as many lanes and registers. All else is
// as on AVX2.
#pragma once

#include "avx2.hpp"

namespace octet::arch {

/// AVX2, FMA and AVX-VNNI: Intel's Alder Lake and its successors, AMD from Zen 5.
struct avxvnni {
    static constexpr const char* name = "avxvnni";
    using vector = avx2::vector;
    using float_dot = avx2::float_dot;

    struct int8_dot {
        using V = vector;
        using input = std::uint8_t;
        using weight = std::int8_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = __m256i;
        using weights = __m256i;
        static constexpr int unit = 4;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{1, 1, 1};
        static constexpr int pixels(int vectors) { return vectors == 2 ? 6 : vectors == 1 ? 10 : 0; }

        static activations broadcast(const std::uint8_t* p) {
            std::int32_t four;
            std::memcpy(&four, p, 4);
            return _mm256_set1_epi32(four);
        }
        static weights load(const std::int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            __m256i sum = _mm256_dpbusd_avx_epi32(acc, x, w);
            asm("" : "+x"(sum));  // g++ 12 spills the tile without it, see docs/kernels.md
            return sum;
        }
    };

    struct int16_dot {
        using V = vector;
        using input = std::int16_t;
        using weight = std::int16_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = __m256i;
        using weights = __m256i;
        static constexpr int unit = 2;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{1, 1, 1};
        static constexpr int pixels(int vectors) { return int8_dot::pixels(vectors); }

        static activations broadcast(const std::int16_t* p) {
            std::int32_t two;
            std::memcpy(&two, p, 4);
            return _mm256_set1_epi32(two);
        }
        static weights load(const std::int16_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            __m256i sum = _mm256_dpwssd_avx_epi32(acc, x, w);
            asm("" : "+x"(sum));
            return sum;
        }
    };
};

}  // namespace octet::arch
