// The profile in report.html: a row for each step, whose bar is its time and the part of it that the roofline explains.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "html_markup.hpp"
#include "profile_text.hpp"
#include "roofline.hpp"

namespace octet::detail {

inline std::string profile_tip(const LayerProfile& layer, const Machine& machine) {
    std::string tip = concat(layer.name, "\n", layer.type);
    if (!layer.algorithm.empty()) append(tip, ", ", layer.algorithm);
    append(tip, "\n", format_us(layer.us), ", at best ", format_us(layer.best.us), " (", bound_name(layer.best.bound),
           ")");
    if (layer.work.macs)
        append(tip, "\n", format_count(layer.work.macs), " MACs, ", format_percent(layer.of_peak(machine), 1),
               " of peak");
    if (layer.work.weight_bytes) append(tip, "\nweights ", format_bytes(layer.work.weight_bytes));
    append(tip, "\nactivations ", format_bytes(layer.work.activation_bytes));
    if (layer.work.scratch_bytes) append(tip, "\nscratch ", format_bytes(layer.work.scratch_bytes));
    return tip;
}

inline std::string profile_table(const Profile& profile) {
    std::string html = "<div class=\"card\" data-plot=\"profile\"><table class=\"layers profile\"><thead><tr>";
    for (const auto& [title, kind] : {std::pair("step", ""),
                                      {"type", "minor"},
                                      {"algorithm", "minor"},
                                      {"weights", "minor macs"},
                                      {"scratch", "minor macs"},
                                      {"", "plot"},
                                      {"time", ""},
                                      {"at best", "minor macs"},
                                      {"GMAC/s", "minor macs"},
                                      {"of peak", ""},
                                      {"bound", ""}})
        append(html, "<th scope=\"col\" class=\"", kind, "\">", title, "</th>");
    html += "</tr></thead><tbody>";
    double largest = 0;
    for (const LayerProfile& layer : profile.layers) largest = std::max(largest, layer.us);
    const auto bar = [&](std::string_view kind, double us) {
        const double share = std::isfinite(us) && largest > 0 ? std::clamp(us / largest, 0.0, 1.0) : 0.0;
        return concat("<rect class=\"", kind, "\" width=\"", percentage(share),
                      "\" y=\"50%\" height=\"11\" rx=\"2\"/>");
    };
    const auto size = [](std::uint64_t bytes) { return bytes ? format_bytes(bytes) : std::string(); };
    const auto minor = [](const std::string& text) { return concat("<td class=\"minor macs\">", text, "</td>"); };
    const auto row = [&](const LayerProfile& layer, const std::string& plot, std::string_view bound) {
        append(html, "<th scope=\"row\">", breakable(layer.name), "</th><td class=\"minor\">", escape_html(layer.type),
               "</td><td class=\"minor\">", escape_html(layer.algorithm), "</td>", minor(size(layer.work.weight_bytes)),
               minor(size(layer.work.scratch_bytes)), "<td class=\"plot\">", plot, "</td><td>", format_us(layer.us),
               "</td>", minor(format_us(layer.best.us)), minor(format_gmacs(layer)), "<td>",
               format_of_peak(layer, profile.machine), "</td><td>", bound, "</td></tr>");
    };
    for (const LayerProfile& layer : profile.layers) {
        append(html, "<tr class=\"", layer.work.int8 ? "int8" : "left-float", "\" data-tip=\"",
               escape_html(profile_tip(layer, profile.machine)), "\">");
        row(layer,
            concat("<svg role=\"img\" aria-label=\"", escape_html(layer.name), " ", format_us(layer.us), "\">",
                   bar("gap", layer.us), bar("value", std::min(layer.us, layer.best.us)), "</svg>"),
            bound_name(layer.best.bound));
    }
    html += "</tbody><tfoot><tr>";
    row(profile.total(), {}, {});
    return html + "</tfoot></table></div>";
}

}  // namespace octet::detail
