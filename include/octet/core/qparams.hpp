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

/// The 8-bit types of PyTorch's quantized tensors.
enum class QDType { quint8, qint8 };

/// How a tensor is quantized: the arguments of a PyTorch observer. A template argument of octet's.
///
/// `custom_range` and `reduced` say where `range` comes from; PyTorch treats such ranges differently in places. Start
/// from a scheme below and change it with with_range, reduced and with_eps.
struct QScheme {
    QRange range{};
    bool symmetric = false;  ///< real zero lies in the middle
    float eps = 0x1p-23f;    ///< the smallest scale allowed; FLT_EPSILON is PyTorch's default
    QDType dtype = QDType::quint8;
    bool custom_range = false;
    bool reduced = false;

    /// The zero point of a symmetric scheme, PyTorch's: (min + max) // 2 of a custom range, else 128 or 0.
    constexpr int middle() const {
        if (dtype == QDType::qint8) return 0;
        return custom_range ? (range.min + range.max) / 2 : 128;
    }

    friend constexpr bool operator==(const QScheme&, const QScheme&) = default;
};

/// reduce_range=True: one bit less. Both ends are halved and rounded down.
constexpr QScheme reduced(QScheme scheme) {
    if (!scheme.reduced) scheme.range = {scheme.range.min >> 1, scheme.range.max >> 1};
    scheme.reduced = true;
    return scheme;
}
/// quant_min=, quant_max=: other integers, 0 among them. A scheme that is reduced halves these too, as PyTorch does.
constexpr QScheme with_range(QScheme scheme, int quant_min, int quant_max) {
    const bool halve = scheme.reduced;
    scheme.range = {quant_min, quant_max};
    scheme.custom_range = true;
    scheme.reduced = false;
    return halve ? reduced(scheme) : scheme;
}
/// eps=: another smallest scale.
constexpr QScheme with_eps(QScheme scheme, float eps) {
    scheme.eps = eps;
    return scheme;
}

/// torch.quint8, per_tensor_affine.
inline constexpr QScheme quint8_affine{.range = {0, 255}};
/// torch.quint8, per_tensor_affine, reduce_range=True: 7 bits.
inline constexpr QScheme quint8_affine_reduced = reduced(quint8_affine);
/// torch.quint8, symmetric: zero point 128, max|x| maps to 127.5 steps from it.
inline constexpr QScheme quint8_symmetric{.range = {0, 255}, .symmetric = true};
/// torch.qint8, affine.
inline constexpr QScheme qint8_affine{.range = {-128, 127}, .dtype = QDType::qint8};
/// torch.qint8, affine, reduce_range=True: -64 to 63.
inline constexpr QScheme qint8_affine_reduced = reduced(qint8_affine);
/// torch.qint8, symmetric: zero point 0, max|w| maps to 127.5.
inline constexpr QScheme qint8_symmetric{.range = {-128, 127}, .symmetric = true, .dtype = QDType::qint8};
/// torch.qint8, symmetric, reduce_range=True: max|w| maps to 63.5.
inline constexpr QScheme qint8_symmetric_reduced = reduced(qint8_symmetric);
/// The weights of PyTorch's symmetric QNNPACK qconfigs: max|w| maps to 127, no scale below 2^-12.
inline constexpr QScheme qint8_symmetric_neg_127_to_127 = with_eps(with_range(qint8_symmetric, -127, 127), 0x1p-12f);

}  // namespace octet
