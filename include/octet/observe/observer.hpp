// How ranges are found. An observer watches one tensor through calibration and then says what scale and zero
// point it should have. Anything with three functions is an observer; copy min_max.hpp to write your own.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>

#include "../core/qparams.hpp"
#include "../core/rounding.hpp"

namespace octet {

/// observe(values)  sees one batch of a tensor, its elements in any order     required
/// merge(other)     as if this observer had also seen what the other saw       required
/// qparams()        the scale and zero point; never called before a value      required
///                  was seen
/// histogram()      a HistogramView, which reports draw                        optional
/// scheme           its QScheme, static constexpr: prepare checks it           optional
template <class O>
concept Observer = std::default_initializable<O> && std::copyable<O> &&
    requires(O observer, const O& other, std::span<const float> values) {
    observer.observe(values);
    observer.merge(other);
    { other.qparams() } -> std::same_as<QParams>;
};

/// Counts of equal bins between `min` and `max`, and the part of that range the observer chose.
struct HistogramView {
    std::span<const float> counts;
    float min = 0, max = 0;
    float chosen_min = 0, chosen_max = 0;
};

/// An observer that can show a histogram.
template <class O>
concept HasHistogram = Observer<O> && requires(const O& o) {
    { o.histogram() } -> std::same_as<HistogramView>;
};

/// Scale and zero point for values between `min` and `max`, in PyTorch's float32 arithmetic. With
/// neg = min(min, 0), pos = max(max, 0):
///
///     affine      s = max((pos - neg) / (q_max - q_min), eps);      z = clamp(q_min - round(neg / s), q_min, q_max)
///     symmetric   s = max(max(-neg, pos) / ((q_max - q_min) / 2), eps);   z = scheme.middle()
inline QParams calculate_qparams(float min, float max, const QScheme& scheme) {
    const float neg = std::min(min, 0.0f), pos = std::max(max, 0.0f);
    const auto [lo, hi] = scheme.range;
    if (scheme.symmetric) {
        const float half = static_cast<float>(hi - lo) / 2.0f;
        const float scale = std::max(std::max(-neg, pos) / half, scheme.eps);
        return {scale, scheme.middle()};
    }
    const float scale = std::max((pos - neg) / static_cast<float>(hi - lo), scheme.eps);
    // An infinite scale makes neg / s a NaN, which rounds to INT32_MIN; the subtraction wraps as PyTorch's does.
    const auto steps = static_cast<std::uint32_t>(round_to_int(neg / scale));
    const auto zero = static_cast<std::int32_t>(static_cast<std::uint32_t>(lo) - steps);
    return {scale, std::clamp(zero, lo, hi)};
}

namespace detail {
// What PyTorch's observers assert about their arguments, and that the range is one of the type's.
template <QScheme Scheme>
constexpr bool check_scheme() {
    static_assert(Scheme.range.min <= 0 && 0 <= Scheme.range.max, "octet: the integers of a QScheme must contain 0");
    static_assert(Scheme.range.min < Scheme.range.max, "octet: the integers of a QScheme must be more than one");
    static_assert(Scheme.dtype == QDType::qint8 ? Scheme.range.min >= -128 && Scheme.range.max <= 127
                                                : Scheme.range.min >= 0 && Scheme.range.max <= 255,
                  "octet: the integers of a QScheme must be of its dtype: 0 to 255 for quint8, -128 to 127 for qint8");
    return true;
}
}  // namespace detail

}  // namespace octet
