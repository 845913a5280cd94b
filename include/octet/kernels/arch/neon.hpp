// AArch64's vectors, as every such processor has them: no dot product. Bytes are multiplied with sign (smull), eight
// at a time into shorts, and neighbouring shorts are added into 32-bit sums (sadalp), in another unit of the processor.
// A product of two bytes with sign is at most 2^14, so a short holds it; multiplying and adding into shorts (smlal)
// would not do, two such products may be 2^15. Activations, bytes without sign, are read as x - 128.
#pragma once

#include <arm_neon.h>

#include <cstring>
#include <limits>

#include "../dot.hpp"
#include "../vector.hpp"

namespace octet::arch {

/// AArch64 with Advanced SIMD: all of them.
struct neon {
    static constexpr const char* name = "neon";

    struct vector : kernels::Simd<xsimd::neon64> {
        using Simd::max;
        using Simd::min;

        /// What does not fit gives INT32_MIN, as on x86, where the instruction alone would saturate.
        static i32 round(f32 x) {
            const uint32x4_t fits = vcltq_f32(x, vdupq_n_f32(0x1p31f));  // what is too small saturates to INT32_MIN
            return vbslq_s32(fits, vcvtnq_s32_f32(x), vdupq_n_s32(std::numeric_limits<std::int32_t>::min()));
        }
        // fmin and fmax would give NaN if either operand is one, not the second operand.
        static f32 min(f32 a, f32 b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
        static f32 max(f32 a, f32 b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
        static f32 fma(f32 a, f32 b, f32 c) { return vfmaq_f32(c, a, b); }
        static f32 multiply_add(f32 acc, f32 x, f32 w) {
            float32x4_t sum = vfmaq_f32(acc, x, w);
            asm volatile("" : "+w"(sum));  // g++ 12 spills the tile without it, see docs/kernels.md
            return sum;
        }
        static i32 mul(i32 a, i32 b) { return vmulq_s32(a, b); }
        // By a number in a register: to the right is to the left by less than nothing.
        static i32 shift_right(i32 a, int bits) { return vshlq_s32(a, vdupq_n_s32(-bits)); }
        static i32 shift_left(i32 a, int bits) { return vshlq_s32(a, vdupq_n_s32(bits)); }
        static i16 shift_left_short(i16 a, int bits) { return vshlq_s16(a, vdupq_n_s16(std::int16_t(bits))); }
        static i32 load_u8(const std::uint8_t* p) {
            return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(load_four(p))))));
        }
        static i32 load_s8(const std::int8_t* p) {
            return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(load_four(p)))));
        }
        static void store_u8(std::uint8_t* p, i32 x) {
            const int16x4_t words = vmovn_s32(x);
            const int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
            const std::uint32_t four = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
            std::memcpy(p, &four, 4);
        }
        static i16 load_short_u8(const std::uint8_t* p) { return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p))); }
        static i16 load_short_s8(const std::int8_t* p) { return vmovl_s8(vld1_s8(p)); }

        /// Four bytes; the other four are zero.
        static uint32x2_t load_four(const void* p) {
            std::uint32_t four;
            std::memcpy(&four, p, 4);
            return uint32x2_t{four, 0};
        }
    };

    using float_dot = kernels::FloatDot<vector, 14, 12, 6>;

    struct int8_dot {
        using V = vector;
        using input = std::uint8_t;
        using weight = std::int8_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = int8x16_t;
        using weights = int8x16_t;
        static constexpr int unit = 4;
        static constexpr int planes = 2;
        static constexpr int input_offset = 128;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{4, 2, 1};
        static constexpr int pixels(int vectors) {
            return vectors == 4 ? 5 : vectors == 2 ? 10 : vectors == 1 ? 14 : 0;
        }

        /// Elements 0 and 2, four times, then 1 and 3.
        static activations broadcast(const std::uint8_t* p) {
            constexpr uint8x16_t order{0, 2, 0, 2, 0, 2, 0, 2, 1, 3, 1, 3, 1, 3, 1, 3};
            const uint8x16_t x = vreinterpretq_u8_u32(vdupq_lane_u32(vector::load_four(p), 0));
            return vreinterpretq_s8_u8(vqtbl1q_u8(veorq_u8(x, vdupq_n_u8(128)), order));
        }
        static weights load(const std::int8_t* p) { return vld1q_s8(p); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            int32x4_t sum = vpadalq_s16(acc, vmull_s8(vget_low_s8(x), vget_low_s8(w)));
            sum = vpadalq_s16(sum, vmull_high_s8(x, w));
            asm volatile("" : "+w"(sum));
            return sum;
        }
    };

    struct int16_dot {
        using V = vector;
        using input = std::int16_t;
        using weight = std::int16_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = int16x4_t;
        using weights = int16x4_t;
        static constexpr int unit = 1;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{2, 1, 1};
        static constexpr int pixels(int vectors) {
            return vectors == 4 ? 6 : vectors == 2 ? 12 : vectors == 1 ? 14 : 0;
        }

        /// Not broadcast: the instruction takes one short of a register for all lanes. (A load of two bytes alone is
        /// not what compilers make of that; what lies behind them is there, and is not looked at.)
        static activations broadcast(const std::int16_t* p) { return vld1_s16(p); }
        static weights load(const std::int16_t* p) { return vld1_s16(p); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            int32x4_t sum = vmlal_lane_s16(acc, w, x, 0);
            asm volatile("" : "+w"(sum));
            return sum;
        }
    };
};

}  // namespace octet::arch
