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
    std::string text;
    for (const char c : escape_html(name)) {
        text += c;
        if (c == '.') text += "<wbr>";
    }
    return text;
}

/// The minus and the times sign a typesetter would use: -0.20 pt, 3.94x faster.
inline std::string typeset(std::string_view text) {
    std::string set;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '-' && (i == 0 || text[i - 1] == 'e'))
            set += "−";
        else if (text.substr(i, 2) == "x ")
            set += "×";
        else
            set += text[i];
    }
    return set;
}

/// A number for a coordinate.
inline std::string coordinate(double value) { return format_general(value, 6); }

/// A share of the width.
inline std::string percentage(double fraction) { return concat(format_fixed(fraction * 100, 2), "%"); }

}  // namespace octet::detail
