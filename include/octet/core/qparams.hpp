// What an integer means: the affine map between real numbers and 8-bit integers,
//
//     real = scale * (q - zero_point),        q = clamp(round(real / scale) + zero_point).
//
// How exactly the second line rounds is a numerics policy (numerics/); here are only its parameters.
#pragma once

#include <cstdint>

namespace octet {

/// Scale and zero point of one tensor (per-tensor affine quantization, PyTorch's words).
struct QParams {
    float scale = 0.0f;
    std::int32_t zero_point = 0;

    friend constexpr bool operator==(const QParams&, const QParams&) = default;
};

/// The integers a range of real numbers is spread over. It shapes the scale only: quantizing clamps to the
/// whole 8-bit type, as PyTorch does, so with {0, 127} values above the observed maximum do become 128..255.
struct QRange {
    int min = 0;
    int max = 255;

    friend constexpr bool operator==(const QRange&, const QRange&) = default;
};

/// How a tensor is quantized: the integer range, whether real zero lies in the middle (symmetric), and the
/// smallest scale allowed. A template argument of observers.
struct QScheme {
    QRange range{};
    bool symmetric = false;
    float eps = 0x1p-23f;  ///< FLT_EPSILON, PyTorch's default

    friend constexpr bool operator==(const QScheme&, const QScheme&) = default;
};

/// torch.quint8, per_tensor_affine.
inline constexpr QScheme quint8_affine{.range = {0, 255}};
/// torch.quint8, per_tensor_affine, reduce_range=True: 7 bits.
inline constexpr QScheme quint8_affine_reduced{.range = {0, 127}};
/// torch.qint8, symmetric: zero point 0, max|w| maps to 127.5.
inline constexpr QScheme qint8_symmetric{.range = {-128, 127}, .symmetric = true};

}  // namespace octet
