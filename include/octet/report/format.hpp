// Numbers for people, the same under every locale: "1,000", "11.2 MiB", "91.40 %", and a dash for what is
// not a number.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace octet::detail {

/// Shown where there is no number.
inline constexpr std::string_view no_number = "–";

/// Appends all parts. (Chains of + make GCC 12 warn of overlaps that are not there.)
template <class... Parts>
void append(std::string& text, const Parts&... parts) {
    (text.append(std::string_view(parts)), ...);
}
template <class... Parts>
std::string concat(const Parts&... parts) {
    std::string text;
    append(text, parts...);
    return text;
}

/// With `digits` after the point: 3.142.
inline std::string format_fixed(double value, int digits) {
    if (!std::isfinite(value)) return std::string(no_number);
    std::array<char, 400> buffer;  // the largest double has 309 digits
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits);
    std::string text(buffer.data(), end.ptr);
    if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);  // no -0.00
    return text;
}

/// With `digits` that count: 0.0187, 1.5e-07.
inline std::string format_general(double value, int digits = 4) {
    if (!std::isfinite(value)) return std::string(no_number);
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value == 0 ? 0.0 : value,
                                   std::chars_format::general, digits);
    return {buffer.data(), end.ptr};
}

/// 1,234,567.
inline std::string format_count(std::uint64_t value) {
    const std::string digits = std::to_string(value);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

/// 11.2 MiB. Nothing has no size: a dash.
inline std::string format_bytes(std::uint64_t bytes) {
    if (bytes == 0) return std::string(no_number);
    if (bytes < 1024) return concat(std::to_string(bytes), " B");
    const double kib = static_cast<double>(bytes) / 1024;
    if (kib < 1000) return concat(format_fixed(kib, 1), " KiB");
    if (kib < 1000 * 1024) return concat(format_fixed(kib / 1024, 2), " MiB");
    return concat(format_fixed(kib / 1024 / 1024, 2), " GiB");
}

/// A number with its unit; a dash alone where there is none.
inline std::string format_with_unit(double value, int digits, std::string_view unit) {
    return std::isfinite(value) ? concat(format_fixed(value, digits), " ", unit) : std::string(no_number);
}
/// 0.914 is 91.40 %.
inline std::string format_percent(double fraction, int digits = 2) {
    return format_with_unit(fraction * 100, digits, "%");
}
inline std::string format_db(double db) { return format_with_unit(db, 1, "dB"); }
/// About three digits, whatever the size.
inline std::string format_ms(double ms) { return format_with_unit(ms, ms < 1 ? 3 : ms < 100 ? 2 : 1, "ms"); }
/// -0.20 pt: the difference of two fractions, in percentage points.
inline std::string format_points(double fraction) {
    return concat(fraction > 0 ? "+" : "", format_with_unit(fraction * 100, 2, "pt"));
}
/// What became of something of which less is better: "3.94x faster", "1.20x slower".
inline std::string format_times(double times, std::string_view better, std::string_view worse) {
    if (!std::isfinite(times)) return std::string(no_number);
    return concat(format_fixed(times >= 1 ? times : 1 / times, 2), "x ", times >= 1 ? better : worse);
}

/// How many characters a terminal shows for UTF-8 text.
inline std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    return width;
}

}  // namespace octet::detail
