// AVX-512 with VNNI: one instruction multiplies 64 u8 by 64 s8 and adds fours of products into 16 lanes of
// 32 bits, without an intermediate saturation (vpdpbusd); another multiplies 32 pairs of shorts (vpdpwssd).
#pragma once

#include <cstring>

#include "../dot.hpp"
#include "../vector.hpp"

namespace octet::arch {

/// AVX-512 F, BW, CD, DQ, VL and VNNI: Intel from Ice Lake, AMD from Zen 4.
struct avx512vnni {
    static constexpr const char* name = "avx512vnni";

    struct vector : kernels::Simd<xsimd::avx512bw> {
        static f32 fma(f32 a, f32 b, f32 c) { return _mm512_fmadd_ps(a, b, c); }
        static f32 multiply_add(f32 acc, f32 x, f32 w) {
            __m512 sum = _mm512_fmadd_ps(x, w, acc);
            asm("" : "+v"(sum));  // g++ 12 spills the tile without it, see docs/kernels.md
            return sum;
        }
        static i32 mul(i32 a, i32 b) { return _mm512_mullo_epi32(a, b); }
        static i32 load_u8(const std::uint8_t* p) {
            return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
        }
        static i32 load_s8(const std::int8_t* p) {
            return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
        }
        static void store_u8(std::uint8_t* p, i32 x) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
        }
        static i16 load_short_u8(const std::uint8_t* p) {
            return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
        }
        static i16 load_short_s8(const std::int8_t* p) {
            return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
        }
    };

    // A tile of 7 x 4 accumulators leaves four of 32 registers: one for the input, three for vectors of weights. The
    // fourth is read from memory by the product itself. (In assembler, since a compiler would load it once and spill.)
    static constexpr int weights_in_memory(int vectors) { return vectors == 4 ? 1 : 0; }

    struct float_dot : kernels::FloatDot<vector, 14, 14, 7> {
        using FloatDot::dot;
        static constexpr int in_memory(int vectors) { return weights_in_memory(vectors); }
        static accumulator dot(accumulator acc, activations x, const float* w) {
            __m512 sum = acc;
            asm("vfmadd231ps %2, %1, %0"
                : "+v"(sum)
                : "v"(static_cast<__m512>(x)), "m"(*reinterpret_cast<const float(*)[16]>(w)));
            return sum;
        }
    };

    struct int8_dot {
        using V = vector;
        using input = std::uint8_t;
        using weight = std::int8_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = __m512i;
        using weights = __m512i;
        static constexpr int unit = 4;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{1, 1, 1};
        static constexpr int pixels(int vectors) {
            return vectors == 4 ? 7 : vectors == 2 ? 14 : vectors == 1 ? 14 : 0;
        }

        static activations broadcast(const std::uint8_t* p) {
            std::int32_t four;
            std::memcpy(&four, p, 4);
            return _mm512_set1_epi32(four);
        }
        static weights load(const std::int8_t* p) { return _mm512_loadu_si512(p); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            __m512i sum = _mm512_dpbusd_epi32(acc, x, w);
            asm("" : "+v"(sum));
            return sum;
        }
        static constexpr int in_memory(int vectors) { return weights_in_memory(vectors); }
        static accumulator dot(accumulator acc, activations x, const std::int8_t* w) {
            __m512i sum = acc;
            asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "m"(*reinterpret_cast<const std::int8_t(*)[64]>(w)));
            return sum;
        }
    };

    struct int16_dot {
        using V = vector;
        using input = std::int16_t;
        using weight = std::int16_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = __m512i;
        using weights = __m512i;
        static constexpr int unit = 2;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{1, 1, 1};
        static constexpr int pixels(int vectors) { return int8_dot::pixels(vectors); }

        static activations broadcast(const std::int16_t* p) {
            std::int32_t two;
            std::memcpy(&two, p, 4);
            return _mm512_set1_epi32(two);
        }
        static weights load(const std::int16_t* p) { return _mm512_loadu_si512(p); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            __m512i sum = _mm512_dpwssd_epi32(acc, x, w);
            asm("" : "+v"(sum));
            return sum;
        }
        static constexpr int in_memory(int vectors) { return weights_in_memory(vectors); }
        static accumulator dot(accumulator acc, activations x, const std::int16_t* w) {
            __m512i sum = acc;
            asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(x), "m"(*reinterpret_cast<const std::int16_t(*)[32]>(w)));
            return sum;
        }
    };
};

}  // namespace octet::arch
