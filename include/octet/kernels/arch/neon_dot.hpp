// AArch64 with the dot product of bytes (sdot): one instruction adds fours of products into 4 lanes of 32 bits,
// exactly. Both of its operands have a sign, so activations are read as x - 128, which is one exclusive or.
//
// There is no such instruction for shorts. Winograd would have 4 products in an instruction where the direct
// convolution has 16, and so has no int16_dot here: it saves no more than that.
#pragma once

#include "neon.hpp"

namespace octet::arch {

/// AArch64 with FEAT_DotProd: Cortex-A55, A75 and later, Neoverse, Apple from A11.
struct neon_dot {
    static constexpr const char* name = "neon_dot";
    using vector = neon::vector;
    using float_dot = neon::float_dot;

    struct int8_dot {
        using V = vector;
        using input = std::uint8_t;
        using weight = std::int8_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        using activations = int8x8_t;
        using weights = int8x16_t;
        static constexpr int unit = 4;
        static constexpr int input_offset = 128;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{1, 1, 1};
        static constexpr int pixels(int vectors) { return neon::float_dot::pixels(vectors); }

        /// Not broadcast: the instruction takes one four of a register for all lanes.
        static activations broadcast(const std::uint8_t* p) {
            const uint8x8_t four = vreinterpret_u8_u32(vector::load_four(p));
            return vreinterpret_s8_u8(veor_u8(four, vdup_n_u8(128)));
        }
        static weights load(const std::int8_t* p) { return vld1q_s8(p); }
        static accumulator dot(accumulator acc, activations x, weights w) {
            int32x4_t sum = vdotq_lane_s32(acc, w, x, 0);
            asm volatile("" : "+w"(sum));
            return sum;
        }
    };
};

}  // namespace octet::arch
