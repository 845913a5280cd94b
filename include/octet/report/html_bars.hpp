// The bars of report.html: latency and size side by side, and the SQNR of every layer. A bar's length is a
// share of the space there is (SVG lengths in percent), so nothing is scaled and text keeps its size.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "html_markup.hpp"
#include "report.hpp"

namespace octet::detail {

/// One labelled bar. `mark`, if it is a number, is a notch (the fastest run).
inline std::string bar_row(std::string_view kind, std::string_view label, double value, double largest,
                           const std::string& text, const std::string& tip, double mark = not_measured) {
    const double share = std::isfinite(value) && largest > 0 ? std::clamp(value / largest, 0.0, 1.0) : 0.0;
    std::string row = concat("<div class=\"row ", kind, "\" data-tip=\"", escape_html(tip), "\"><span>", label,
                             "</span><svg class=\"bar\" role=\"img\" aria-label=\"", label, " ", text,
                             "\"><rect class=\"track\" width=\"100%\" height=\"100%\" rx=\"3\"/>",
                             "<rect class=\"value\" width=\"", percentage(share), "\" height=\"100%\" rx=\"3\"/>");
    if (std::isfinite(mark) && largest > 0 && mark < value) {
        const std::string x = percentage(std::clamp(mark / largest, 0.0, 1.0));
        append(row, "<line class=\"min\" x1=\"", x, "\" x2=\"", x, "\" y1=\"0\" y2=\"100%\"/>");
    }
    append(row, "</svg><span>", text, "</span></div>");
    return row;
}

inline std::string latency_bars(const Report& report) {
    const Contender& f = report.float32;
    const Contender& q = report.int8;
    double largest = 0;
    for (const Latency* latency : {&f.one_thread, &q.one_thread, &f.all_threads, &q.all_threads})
        if (std::isfinite(latency->median_ms)) largest = std::max(largest, latency->median_ms);
    std::string html =
        "<figure class=\"bars\" data-plot=\"latency\"><h3>Latency of one image: median, notch at the fastest run</h3>";
    const auto group = [&](const std::string& threads, const Latency& before, const Latency& after) {
        append(html, "<div class=\"group\">", threads, "</div>");
        const auto add = [&](std::string_view kind, const Latency& latency) {
            html += bar_row(kind, kind, latency.median_ms, largest, format_ms(latency.median_ms),
                            concat(kind, ", ", threads, "\nmedian ", format_ms(latency.median_ms), "\nfastest ",
                                   format_ms(latency.min_ms)),
                            latency.min_ms);
        };
        add("float", before);
        add("int8", after);
    };
    group("1 thread", f.one_thread, q.one_thread);
    if (report.threads > 1) group(concat(std::to_string(report.threads), " threads"), f.all_threads, q.all_threads);
    return html + "</figure>";
}

inline std::string size_bars(const Report& report) {
    const std::uint64_t largest = std::max({report.float32.bytes, report.int8.bytes, report.arena_bytes});
    std::string html =
        "<figure class=\"bars\" data-plot=\"size\"><h3>Size: the files, and the memory int8 works in</h3>";
    const auto add = [&](std::string_view kind, std::string_view label, std::uint64_t bytes, std::string_view what) {
        html += bar_row(kind, label, static_cast<double>(bytes), static_cast<double>(largest), format_bytes(bytes),
                        concat(what, "\n", format_count(bytes), " bytes"));
    };
    add("float", "float", report.float32.bytes, "float file");
    add("int8", "int8", report.int8.bytes, "int8 file");
    add("int8", "arena", report.arena_bytes, "arena: every activation of the int8 network");
    return html + "</figure>";
}

inline std::string coverage_bar(const Report& report) {
    const std::string text = format_percent(report.coverage_macs / 100);
    return concat(
        "<figure class=\"bars\" data-plot=\"coverage\"><h3>Multiplications done in int8</h3>",
        bar_row("int8", "int8", report.coverage_macs, 100, text, concat(text, " of all multiplications"), not_measured),
        "</figure>");
}

/// Decibels at the right end of the axis, and every how many there is a line.
struct DbAxis {
    double end = 10;
    double step = 10;

    explicit DbAxis(const std::vector<LayerReport>& layers) {
        double largest = 0;
        for (const LayerReport& layer : layers)
            if (std::isfinite(layer.sqnr_db)) largest = std::max(largest, layer.sqnr_db);
        while (largest > 6 * step) step *= 2;
        end = std::max(step, std::ceil(largest / step) * step);
    }
    double share(double db) const { return std::isfinite(db) ? std::clamp(db / end, 0.0, 1.0) : 0.0; }

    std::string lines() const {
        std::string svg;
        for (double db = 0; db <= end; db += step) {
            const std::string x = percentage(share(db));
            append(svg, "<line x1=\"", x, "\" x2=\"", x, "\" y1=\"0\" y2=\"100%\"/>");
        }
        return svg;
    }
    std::string labels() const {
        std::string svg;
        for (double db = 0; db <= end; db += step)
            append(svg, "<text x=\"", percentage(share(db)), "\" y=\"20\">", format_fixed(db, 0), "</text>");
        return svg;
    }
};

/// Every layer in network order, a row each: the table is the plot.
inline std::string layer_table(const Report& report) {
    const DbAxis axis(report.layers);
    const std::string lines = axis.lines();
    const std::vector<std::size_t> worst = worst_layers(report);
    double all_macs = 0;
    for (const LayerReport& layer : report.layers) all_macs += static_cast<double>(layer.macs);
    std::string html = concat(
        "<div class=\"card\" data-plot=\"layers\"><table class=\"layers\"><thead><tr><th scope=\"col\">layer</th>",
        "<th scope=\"col\" class=\"minor\">type</th><th scope=\"col\" class=\"minor\">output</th>",
        "<th scope=\"col\" class=\"plot\"><svg role=\"img\" aria-label=\"0 to ", format_fixed(axis.end, 0), " dB\">",
        axis.labels(),
        "</svg></th><th scope=\"col\">dB</th><th scope=\"col\" class=\"minor macs\">MACs</th></tr></thead><tbody>");
    for (std::size_t i = 0; i < report.layers.size(); ++i) {
        const LayerReport& layer = report.layers[i];
        const auto rank = static_cast<std::size_t>(std::find(worst.begin(), worst.end(), i) - worst.begin());
        const bool is_worst = rank < worst.size();
        const std::string db = format_fixed(layer.sqnr_db, 1);
        const std::string macs =
            layer.macs && all_macs > 0 ? format_percent(static_cast<double>(layer.macs) / all_macs, 1) : std::string();
        std::string tip = concat(layer.name, "\n", layer.type, ", ", layer.shape, "\n", db, " dB");
        if (layer.int8)
            append(tip, "\nscale ", format_general(static_cast<double>(layer.scale)), ", zero point ",
                   std::to_string(layer.zero_point));
        if (layer.macs) append(tip, "\n", format_count(layer.macs), " MACs");
        append(html, "<tr class=\"", layer.int8 ? "int8" : "left-float", is_worst ? " worst" : "", "\" data-tip=\"",
               escape_html(tip), "\"><th scope=\"row\">", breakable(layer.name), "</th><td class=\"minor\">",
               escape_html(layer.type), layer.int8 ? "" : " <span class=\"pill\">float</span>",
               "</td><td class=\"minor\">", escape_html(layer.shape),
               "</td><td class=\"plot\"><svg role=\"img\" aria-label=\"", escape_html(layer.name), " ", db, " dB\">",
               lines, "<rect class=\"value\" width=\"", percentage(axis.share(layer.sqnr_db)),
               "\" y=\"50%\" height=\"11\" rx=\"2\"/></svg></td><td>");
        if (is_worst)
            append(html, "<span class=\"rank\" title=\"lowest ", std::to_string(rank + 1), "\">",
                   std::to_string(rank + 1), "</span>");
        append(html, typeset(db), "</td><td class=\"minor macs\">", macs, "</td></tr>");
    }
    return html + "</tbody></table></div>";
}

}  // namespace octet::detail
