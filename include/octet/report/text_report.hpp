// The report as one table in the terminal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "format.hpp"
#include "profile_text.hpp"
#include "report.hpp"
#include "text_table.hpp"

namespace octet {

namespace detail {

inline std::string comparison_table(const Report& report) {
    const Contender& f = report.float32;
    const Contender& q = report.int8;
    TextTable<4> table(1);
    const auto latency = [&](const std::string& threads, const Latency& before, const Latency& after) {
        table.add({concat("latency, ", threads), format_ms(before.median_ms), format_ms(after.median_ms),
                   format_times(times_less(before.median_ms, after.median_ms), "faster", "slower")});
        table.add({"  fastest run", format_ms(before.min_ms), format_ms(after.min_ms),
                   format_times(times_less(before.min_ms, after.min_ms), "faster", "slower")});
    };
    table.add({"", "float", "int8", "change"});
    table.rule();
    table.add({"top-1", format_percent(f.top1), format_percent(q.top1), format_points(q.top1 - f.top1)});
    table.add({"agreement", "", format_percent(report.agreement), ""});
    table.add({"logit SQNR", "", format_db(report.logit_sqnr_db), ""});
    latency("1 thread", f.one_thread, q.one_thread);
    if (report.threads > 1) latency(concat(std::to_string(report.threads), " threads"), f.all_threads, q.all_threads);
    table.add(
        {"file size", format_bytes(f.bytes), format_bytes(q.bytes),
         format_times(times_less(static_cast<double>(f.bytes), static_cast<double>(q.bytes)), "smaller", "larger")});
    const auto in_memory = [](std::uint64_t bytes) { return static_cast<double>(bytes); };
    table.add(
        {"packed weights", format_bytes(f.parameter_bytes), format_bytes(q.parameter_bytes),
         format_times(times_less(in_memory(f.parameter_bytes), in_memory(q.parameter_bytes)), "smaller", "larger")});
    table.add({"arena", "", format_bytes(report.arena_bytes),
               report.arena_bytes ? concat(format_count(report.arena_bytes), " bytes") : ""});
    table.add({"int8 coverage", "", format_percent(report.coverage_macs / 100), "of MACs"});
    return table.str();
}

inline std::string worst_layers_table(const Report& report) {
    const std::vector<std::size_t> worst = worst_layers(report);
    if (worst.empty()) return {};
    TextTable<6> table(3);
    table.add({"lowest SQNR", "type", "output", "SQNR", "scale", "zero point"});
    table.rule();
    for (const std::size_t i : worst) {
        const LayerReport& layer = report.layers[i];
        table.add({layer.name, layer.type, layer.shape, format_db(layer.sqnr_db),
                   layer.int8 ? format_general(static_cast<double>(layer.scale)) : "float",
                   layer.int8 ? std::to_string(layer.zero_point) : ""});
    }
    return table.str();
}

}  // namespace detail

/// "1,000 images of 16 classes, x86, avx512vnni, 8 threads"; what is unknown is left out.
inline std::string describe_run(const Report& report, std::string_view separator = ", ") {
    std::vector<std::string> parts;
    const auto plural = [](int n, std::string_view one, std::string_view many) {
        return detail::concat(detail::format_count(static_cast<std::uint64_t>(std::max(n, 0))), " ",
                              n == 1 ? one : many);
    };
    if (report.images > 0)
        parts.push_back(report.classes > 0 ? detail::concat(plural(report.images, "image", "images"), " of ",
                                                            plural(report.classes, "class", "classes"))
                                           : plural(report.images, "image", "images"));
    if (!report.qconfig.empty()) parts.push_back(report.qconfig);
    if (!report.arch.empty()) parts.push_back(report.arch);
    parts.push_back(plural(report.threads, "thread", "threads"));
    std::string text;
    for (const std::string& part : parts) detail::append(text, text.empty() ? "" : separator, part);
    return text;
}

/// The report for a terminal: the comparison, the five layers that lost most, the profile if there is one, and every
/// finding.
inline std::string to_text(const Report& report) {
    std::string text = detail::concat(report.network, ": ", describe_run(report), "\n");
    if (!report.machine.empty()) detail::append(text, report.machine, "\n");
    detail::append(text, "\n", detail::comparison_table(report));
    if (const std::string worst = detail::worst_layers_table(report); !worst.empty()) detail::append(text, "\n", worst);
    if (!report.profile.layers.empty()) detail::append(text, "\n", to_text(report.profile));
    if (!report.findings.empty()) {
        detail::TextTable<3> table(3);
        table.add({"finding", "layer", ""});
        table.rule();
        for (const Finding& finding : report.findings) table.add({finding.kind, finding.layer, finding.detail});
        detail::append(text, "\n", table.str());
    }
    return text;
}

}  // namespace octet
