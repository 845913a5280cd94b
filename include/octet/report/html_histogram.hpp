// One tensor's histogram in report.html: what the observer saw, on a logarithmic scale of counts (the zeros
// behind a ReLU would hide everything else), and the chosen range: shaded, its ends dashed, what is
// clipped in the colour of a warning.
//
// One unit of the drawing's width is one bin, so that the outline needs a few bytes a bin.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "histogram_bins.hpp"
#include "html_markup.hpp"
#include "report.hpp"

namespace octet::detail {

/// The values a plot spans: all that was seen and all of the range, with a little air.
struct PlotSpan {
    double first = 0;  // without the air
    double last = 1;
    double left = 0;
    double right = 1;

    PlotSpan(const TensorHistogram& h, const PlotBins& bins, bool has_range) {
        if (!bins.counts.empty()) first = bins.low, last = bins.high;
        if (has_range) {
            const auto low = static_cast<double>(h.range_min), high = static_cast<double>(h.range_max);
            first = bins.counts.empty() ? low : std::min(first, low);
            last = bins.counts.empty() ? high : std::max(last, high);
        }
        const double air = (last - first) * 0.025;
        left = first - air;
        right = last + air;
    }
    double share(double value) const { return (value - left) / (right - left); }
};

/// The bins as one closed outline, 100 units high.
inline std::string outline(const PlotBins& bins, double offset) {
    if (bins.counts.empty()) return {};
    const double tallest = std::log1p(*std::max_element(bins.counts.begin(), bins.counts.end()));
    std::string path = concat("M", coordinate(offset), " 100");
    for (const double count : bins.counts) {
        // a bin that holds anything is seen
        const double height = count > 0 ? std::max(1.5, 92 * std::log1p(count) / tallest) : 0;
        append(path, "V", format_general(100 - height, 3), "h1");
    }
    return path + "V100Z";
}

inline std::string value_text(double value) { return typeset(format_general(value, 3)); }

/// The card of one tensor; `index` makes its clip path's name unique on the page.
inline std::string histogram_figure(const TensorHistogram& h, std::size_t index) {
    constexpr std::size_t bins_drawn = 128;
    const PlotBins bins = rebin(h, bins_drawn);
    const bool has_range = std::isfinite(h.range_min) && std::isfinite(h.range_max) && h.range_max > h.range_min;
    const PlotSpan span(h, bins, has_range);
    const double bin = bins.counts.empty() ? (span.right - span.left) / bins_drawn : bins.width();
    const double units = (span.right - span.left) / bin;
    const auto at = [&](double value) { return coordinate(span.share(value) * units); };
    const auto low = static_cast<double>(h.range_min), high = static_cast<double>(h.range_max);
    const double clipped = clipped_fraction(h);
    const double scale = std::isfinite(h.scale) ? static_cast<double>(h.scale) : 0.0;

    std::string html =
        concat("<figure class=\"card hist\" data-plot=\"tensor\"><figcaption><b>", breakable(h.name), "</b>");
    if (clipped >= 0.00005)
        append(html, clipped < 0.01 ? "<span>" : "<span class=\"much\">", format_percent(clipped), " clipped</span>");
    append(html, "</figcaption><svg viewBox=\"0 0 ", coordinate(units),
           " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Histogram of ", escape_html(h.name),
           ", range ", value_text(low), " to ", value_text(high), "\"");
    if (!bins.counts.empty()) {
        std::string counts;
        for (const double count : bins.counts)
            append(counts, counts.empty() ? "" : ",", format_general(std::round(count), 12));
        append(html, " data-counts=\"", counts, "\" data-axis=\"", coordinate(span.left), ",", coordinate(span.right),
               ",", coordinate(bins.low), ",", coordinate(bin), ",", coordinate(scale), ",",
               std::to_string(h.zero_point), "\"");
        if (has_range && scale > 0)  // the integers at both ends of the range
            append(html, " data-low=\"", format_fixed(low / scale + h.zero_point, 0), "\" data-high=\"",
                   format_fixed(high / scale + h.zero_point, 0), "\"");
    }
    html += ">";
    const std::string path = bins.counts.empty() ? std::string() : outline(bins, span.share(bins.low) * units);
    if (has_range) {
        const std::string clip = std::to_string(index);
        const auto box = [&](double from, double to) {
            return concat("x=\"", at(from), "\" width=\"", coordinate((to - from) / bin), "\" height=\"100\"/>");
        };
        append(html, "<rect class=\"range\" ", box(low, high), "<clipPath id=\"in-", clip, "\"><rect ", box(low, high),
               "</clipPath>", "<path class=\"in\" clip-path=\"url(#in-", clip, ")\" d=\"", path, "\"/>");
        if (clipped > 0)
            append(html, "<clipPath id=\"out-", clip, "\"><rect ", box(span.left, low), "<rect ", box(high, span.right),
                   "</clipPath>", "<path class=\"out\" clip-path=\"url(#out-", clip, ")\" d=\"", path, "\"/>");
        for (const double edge : {low, high})
            append(html, "<line class=\"edge\" x1=\"", at(edge), "\" x2=\"", at(edge), "\" y1=\"0\" y2=\"100\"/>");
    } else {
        append(html, "<path class=\"in\" d=\"", path, "\"/>");
    }
    append(html, "<line class=\"cross\" y1=\"0\" y2=\"100\"/></svg><div class=\"axis\"><span>", value_text(span.first),
           "</span>");
    const double zero = span.share(0);
    if (zero > 0.17 && zero < 0.83) append(html, "<span style=\"left:", percentage(zero), "\">0</span>");
    append(html, "<span>", value_text(span.last), "</span></div>");
    if (has_range)
        append(html, "<p>range <b>", value_text(low), "</b> to <b>", value_text(high), "</b><br>scale <b>",
               typeset(format_general(scale)), "</b>, zero point <b>", typeset(std::to_string(h.zero_point)),
               "</b></p>");
    else
        html += "<p>no range was chosen</p>";
    return html + "</figure>";
}

}  // namespace octet::detail
