// The report as a page a person would rather look at: report.html. One file, nothing to fetch (its own
// content policy forbids it), so it opens from a disk, an e-mail or a build server alike.
//
// Every plot is drawn here, as inline SVG; the script only shows the value under the pointer.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include "html_bars.hpp"
#include "html_histogram.hpp"
#include "html_markup.hpp"
#include "html_profile.hpp"
#include "html_script.hpp"
#include "html_style.hpp"
#include "report.hpp"
#include "text_report.hpp"

namespace octet {

namespace detail {

/// A headline number: "3.94" with a small "×".
inline std::string tile(std::string_view title, const std::string& number, std::string_view unit,
                        const std::string& note) {
    const bool missing = number == no_number;
    return concat("<div class=\"tile\"><dt>", title, "</dt><dd><span class=\"big\">", number, "<small>",
                  missing ? "" : unit, "</small></span><span class=\"note\">", missing ? "not measured" : note,
                  "</span></dd></div>");
}

inline std::string tiles(const Report& report) {
    const Contender& f = report.float32;
    const Contender& q = report.int8;
    const double speed = times_less(f.one_thread.median_ms, q.one_thread.median_ms);
    const double size = times_less(static_cast<double>(f.bytes), static_cast<double>(q.bytes));
    const auto times = [](double t) { return format_fixed(t < 1 ? 1 / t : t, 2); };
    std::string agreement = concat("logits ", format_db(report.logit_sqnr_db), " SQNR");
    if (report.images > 0 && std::isfinite(report.agreement)) {
        const auto differ = static_cast<std::uint64_t>(std::llround((1 - report.agreement) * report.images));
        agreement = concat(format_count(differ), " of ", format_count(static_cast<std::uint64_t>(report.images)),
                           " images differ");
    }
    return concat(
        "<dl class=\"tiles\">",
        tile(speed < 1 ? "Slower" : "Faster", times(speed), "×",
             concat(format_ms(f.one_thread.median_ms), " → ", format_ms(q.one_thread.median_ms), ", 1 thread")),
        tile(size < 1 ? "Larger" : "Smaller", times(size), "×",
             concat(format_bytes(f.bytes), " → ", format_bytes(q.bytes))),
        tile("Top-1 in int8", format_fixed(q.top1 * 100, 1), " %",
             concat("float ", format_percent(f.top1, 1), ", ", typeset(format_points(q.top1 - f.top1)))),
        tile("Agreement with float", format_fixed(report.agreement * 100, 1), " %", agreement), "</dl>");
}

inline std::string numbers_table(const Report& report) {
    const Contender& f = report.float32;
    const Contender& q = report.int8;
    std::string html = concat("<table class=\"numbers\"><thead><tr><th scope=\"col\"></th><th scope=\"col\">float</th>",
                              "<th scope=\"col\">int8</th><th scope=\"col\">change</th></tr></thead><tbody>");
    const auto row = [&](std::string_view name, const std::string& before, const std::string& after,
                         const std::string& change, std::string_view kind = "") {
        append(html, "<tr class=\"", kind, "\"><td>", name, "</td><td>", before, "</td><td class=\"int8\">", after,
               "</td><td class=\"change\">", typeset(change), "</td></tr>");
    };
    const auto latency = [&](const std::string& name, const Latency& before, const Latency& after) {
        row(name, format_ms(before.median_ms), format_ms(after.median_ms),
            format_times(times_less(before.median_ms, after.median_ms), "faster", "slower"), "above");
        row("fastest run", format_ms(before.min_ms), format_ms(after.min_ms),
            format_times(times_less(before.min_ms, after.min_ms), "faster", "slower"), "sub");
    };
    row("top-1", format_percent(f.top1), format_percent(q.top1), format_points(q.top1 - f.top1));
    row("agreement", "", format_percent(report.agreement), "");
    row("logit SQNR", "", typeset(format_db(report.logit_sqnr_db)), "");
    latency("latency, 1 thread", f.one_thread, q.one_thread);
    if (report.threads > 1)
        latency(concat("latency, ", std::to_string(report.threads), " threads"), f.all_threads, q.all_threads);
    row("file size", format_bytes(f.bytes), format_bytes(q.bytes),
        format_times(times_less(static_cast<double>(f.bytes), static_cast<double>(q.bytes)), "smaller", "larger"));
    const auto in_memory = [](std::uint64_t bytes) { return static_cast<double>(bytes); };
    row("packed weights", format_bytes(f.parameter_bytes), format_bytes(q.parameter_bytes),
        format_times(times_less(in_memory(f.parameter_bytes), in_memory(q.parameter_bytes)), "smaller", "larger"));
    row("arena", "", format_bytes(report.arena_bytes),
        report.arena_bytes ? concat(format_count(report.arena_bytes), " B") : "");
    row("int8 coverage", "", format_percent(report.coverage_macs / 100), "of MACs");
    return html + "</tbody></table>";
}

inline std::string findings_section(const Report& report) {
    constexpr std::size_t shown = 12;  // the rest a click away
    std::string html =
        "<section id=\"findings\"><h2>Findings</h2><p class=\"lead\">What the quantizer could not do without loss, or "
        "had to leave alone.</p>";
    if (report.findings.empty()) return html + "<div class=\"card\">None.</div></section>";
    const auto list = [&](std::size_t from, std::size_t to) {
        html += "<ul class=\"card findings\">";
        for (std::size_t i = from; i < to; ++i) {
            const Finding& finding = report.findings[i];
            append(html, "<li><b>", escape_html(finding.kind), "</b><span class=\"layer\">", breakable(finding.layer),
                   "</span><span class=\"detail\">", escape_html(finding.detail), "</span></li>");
        }
        html += "</ul>";
    };
    const std::size_t all = report.findings.size();
    list(0, std::min(all, shown));
    if (all > shown) {
        append(html, "<details><summary>", format_count(all - shown), " more</summary>");
        list(shown, all);
        html += "</details>";
    }
    return html + "</section>";
}

inline std::string examples_section(const Report& report) {
    std::string figures;
    for (const Example& example : report.examples) {
        if (!example.image.starts_with("data:image/")) continue;  // nothing is fetched
        const auto guess = [&](std::string_view who, const std::string& what) {
            return concat("<div", what == example.label ? ">" : " class=\"wrong\">", who, ": ", escape_html(what),
                          "</div>");
        };
        append(figures, "<figure class=\"card\"><img alt=\"", escape_html(example.label), "\" src=\"",
               escape_html(example.image), "\"><figcaption><b>", escape_html(example.label), "</b>",
               guess("float", example.float32), guess("int8", example.int8), "</figcaption></figure>");
    }
    if (figures.empty()) return {};
    return concat(
        "<section><h2>Examples</h2><p class=\"lead\">Test images, and what both networks take them for.</p><div "
        "class=\"grid examples\">",
        figures, "</div></section>");
}

inline std::string footer(const Report& report) {
    std::string html = "<footer><dl>";
    const auto row = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) append(html, "<dt>", name, "</dt><dd>", escape_html(value), "</dd>");
    };
    row("machine", report.machine);
    row("kernels", report.arch);
    row("qconfig", report.qconfig);
    row("threads", std::to_string(report.threads));
    row("hash", report.hash);
    return html + "</dl></footer>";
}

}  // namespace detail

/// The report as one self-contained HTML page.
inline std::string to_html(const Report& report) {
    using detail::append;
    const std::string name = detail::escape_html(report.network);
    std::string html = detail::concat(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", name, ": float and int8</title>",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta "
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"><link rel=\"icon\" "
        "href=\"data:,\"><script>",
        detail::html_error_recorder, "</script><style>", detail::html_style,
        "</style></head>\n<body><header><div class=\"brand\"><svg viewBox=\"0 0 47 12\" aria-hidden=\"true\">");
    for (int bit = 0; bit < 8; ++bit)  // eight bits: 01101111 is 'o'
        append(html, "<rect x=\"", std::to_string(bit * 6), "\" width=\"5\" height=\"12\" rx=\"1\" opacity=\"",
               ('o' >> (7 - bit)) & 1 ? "1" : ".3", "\"/>");
    append(html, "</svg>octet report</div><h1>", name, "</h1><p class=\"lead\">",
           detail::escape_html(describe_run(report, " · ")), "</p>", detail::tiles(report),
           "</header>\n<main><div class=\"split\"><div class=\"card\">", detail::numbers_table(report),
           "</div><div class=\"card\">", detail::latency_bars(report), detail::size_bars(report),
           detail::coverage_bar(report), "</div></div>\n", detail::findings_section(report));
    if (!report.layers.empty())
        append(html,
               "<section><h2>Layers</h2><p class=\"lead\">How much of the signal survives: signal to quantization "
               "noise of each output against the ",
               "float network's, in network order. 6 dB less is twice the error. The five lowest are marked.</p>",
               detail::layer_table(report), "</section>\n");
    if (!report.profile.layers.empty())
        append(html,
               "<section><h2>Profile</h2><p class=\"lead\">Where the time of an image goes, on one thread. A bar is "
               "the time "
               "of a step, and its dark part what the step needs at best, bound by what its last column says: "
               "multiplying, or reading from a level of the memory. The light part is the gap.</p>",
               detail::profile_table(report.profile),
               "<p class=\"lead\">One thread of this machine: ", detail::describe_machine(report.profile.machine),
               "</p></section>\n");
    html += detail::examples_section(report);
    if (!report.tensors.empty()) {
        html +=
            "<section><h2>Ranges</h2><p class=\"lead\">What calibration saw of each tensor (counts on a logarithmic "
            "scale) and the range its integers cover. "
            "What lies outside is clipped.</p><div class=\"grid\">";
        for (std::size_t i = 0; i < report.tensors.size(); ++i) html += detail::histogram_figure(report.tensors[i], i);
        html += "</div></section>\n";
    }
    append(html, "</main>", detail::footer(report), "<div id=\"tip\" hidden></div><script>", detail::html_script,
           "</script></body></html>\n");
    return html;
}

}  // namespace octet
