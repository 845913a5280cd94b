// Any machine xsimd knows, at whatever the compiler's flags allow. Nothing here is an intrinsic.
#pragma once

#include <cstring>

#include "../dot.hpp"
#include "../vector.hpp"

namespace octet::arch {

/// xsimd's portable path.
struct generic {
    static constexpr const char* name = "generic";
    using vector = kernels::Simd<xsimd::default_arch>;

    using float_dot = kernels::FloatDot<vector, 8, 6, 0>;

    /// acc[lane] += sum of four products u8 x s8. xsimd has no such operation in any version, and baseline
    /// x86 not even a 32-bit multiplication; floats are everywhere, and a sum of four such products (at most
    /// 2^17) is exact in them.
    struct int8_dot {
        using V = vector;
        using input = std::uint8_t;
        using weight = std::int8_t;
        using sum = std::int32_t;
        using accumulator = vector::i32;
        static constexpr int unit = 4;
        static constexpr int lanes = vector::lanes;
        static constexpr kernels::DotCost cost{5, 2, 6};
        static constexpr int pixels(int vectors) { return vectors == 1 ? 4 : 0; }

        struct four {
            vector::f32 of[4];
        };
        using activations = four;
        using weights = four;

        static activations broadcast(const std::uint8_t* p) {
            return {{vector::set(float(p[0])), vector::set(float(p[1])), vector::set(float(p[2])),
                     vector::set(float(p[3]))}};
        }
        static weights load(const std::int8_t* p) {
            std::int32_t packed[lanes];
            std::memcpy(packed, p, sizeof packed);
            const vector::i32 w = vector::load(packed);
            return {{vector::to_float((w << 24) >> 24), vector::to_float((w << 16) >> 24),
                     vector::to_float((w << 8) >> 24), vector::to_float(w >> 24)}};
        }
        static accumulator dot(accumulator acc, const activations& x, const weights& w) {
            return acc +
                   vector::round((x.of[0] * w.of[0] + x.of[1] * w.of[1]) + (x.of[2] * w.of[2] + x.of[3] * w.of[3]));
        }
    };
};

}  // namespace octet::arch
