// Text that goes into HTML. A layer may have any name, also one that looks like markup.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "format.hpp"

namespace octet::detail {

/// For element content and for attributes in quotes.
inline std::string escape_html(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            case '\'': safe += "&#39;"; break;
            default: safe += c;
        }
    }
    return safe;
}

/// A dotted name that a narrow column may break behind a dot.
inline std::string breakable(std::string_view name) {
    std::string text = escape_html(name);
    for (std::size_t at = 0; (at = text.find('.', at)) != std::string::npos; at += 6) text.replace(at, 1, ".<wbr>");
    return text;
}

/// The minus and the times sign a typesetter would use: -0.20 pt, 3.94x faster.
inline std::string typeset(std::string text) {
    if (text.starts_with('-')) text.replace(0, 1, "−");
    if (const std::size_t at = text.find("x "); at != std::string::npos) text.replace(at, 1, "×");
    if (const std::size_t at = text.find("e-"); at != std::string::npos) text.replace(at + 1, 1, "−");
    return text;
}

/// A number for a coordinate.
inline std::string coordinate(double value) { return format_general(value, 6); }

/// A share of the width.
inline std::string percentage(double fraction) { return concat(format_fixed(fraction * 100, 2), "%"); }

}  // namespace octet::detail
