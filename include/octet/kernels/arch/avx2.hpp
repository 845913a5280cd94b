// AVX2 with FMA, no VNNI. The one-instruction product u8 x s8 of this architecture (vpmaddubsw) adds pairs in
// 16 bits and saturates; octet multiplies 16-bit numbers (vpmaddwd), which cannot overflow and is exact. Weights are
// widened once, when they are packed; activations once for each layer. See docs/kernels.md for what that costs.
#pragma once

#include <cstring>

#include "../dot.hpp"
#include "../vector.hpp"

namespace octet::arch {

/// AVX2 and FMA: Intel from Haswell, AMD from Zen.
struct avx2 {
    static constexpr const char* name = "avx2";

    struct vector : kernels::Simd<xsimd::fma3<xsimd::avx2>> {
        static f32 fma(f32 a, f32 b, f32 c) { return _mm256_fmadd_ps(a, b, c); }
        static f32 multiply_add(f32 acc, f32 x, f32 w) {
            __m256 sum = _mm256_fmadd_ps(x, w, acc);
            asm("" : "+x"(sum));  // g++ 12 spills the tile without it, see docs/kernels.md
            return sum;
        }
        static i32 mul(i32 a, i32 b) { return _mm256_mullo_epi32(a, b); }
        static i32 load_u8(const std::uint8_t* p) {
            return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
        }
        static i32 load_s8(const std::int8_t* p) {
            return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
        }
        static void store_u8(std::uint8_t* p, i32 x) {
            const __m256i words = _mm256_packus_epi32(x, x);
            const __m256i bytes = _mm256_packus_epi16(words, words);
            const int low = _mm256_extract_epi32(bytes, 0), high = _mm256_extract_epi32(bytes, 4);
            std::memcpy(p, &low, 4);
            std::memcpy(p + 4, &high, 4);
        }
        static i16 load_short_u8(const std::uint8_t* p) {
            return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
        }
        static i16 load_short_s8(const std::int8_t* p) {
            return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
        }
    };

    using float_dot = kernels::FloatDot<vector, 8, 6, 0>;

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
        static constexpr int pixels(int vectors) { return vectors == 2 ? 6 : vectors == 1 ? 8 : 0; }

        // In assembler: compilers would broadcast from a register what two pixels of a small step share, which takes
        // two instructions of the units that multiply, and copy sums from register to register.
        static activations broadcast(const std::int16_t* p) {
            __m256i x;
            asm("vpbroadcastd %1, %0" : "=x"(x) : "m"(*reinterpret_cast<const std::int16_t(*)[2]>(p)));
            return x;
        }
        static weights load(const std::int16_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            __m256i sum = acc;
            asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(_mm256_madd_epi16(x, w)));
            return sum;
        }
    };

    /// Bytes, widened before they are multiplied.
    struct int8_dot : int16_dot {
        using value = std::uint8_t;
    };
};

}  // namespace octet::arch
