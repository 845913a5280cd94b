// The report for programs: report.json. Accuracies are fractions (0.914), coverage is in percent, latencies
// in milliseconds, sizes in bytes; what is not a finite number is null. So is the profile, if none was taken; its times
// are in microseconds, `of_peak` is a fraction.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "histogram_bins.hpp"
#include "report.hpp"

namespace octet {

namespace detail {

inline nlohmann::ordered_json json_number(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}
/// The shortest decimal that is this float: 0.1, not the double next to it (0.10000000149011612).
inline nlohmann::ordered_json json_number(float value) {
    if (!std::isfinite(value)) return nullptr;
    std::array<char, 64> buffer;
    const auto text = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    double shortest = 0;
    std::from_chars(buffer.data(), text.ptr, shortest);
    return shortest;
}

inline nlohmann::ordered_json json_contender(const Contender& contender) {
    const auto latency = [](const Latency& l) {
        return nlohmann::ordered_json{{"median", json_number(l.median_ms)}, {"min", json_number(l.min_ms)}};
    };
    return {{"top1", json_number(contender.top1)},
            {"latency_ms", {{"1", latency(contender.one_thread)}, {"all", latency(contender.all_threads)}}},
            {"bytes", contender.bytes},
            {"parameter_bytes", contender.parameter_bytes}};
}

inline nlohmann::ordered_json json_profile(const Profile& profile) {
    using Json = nlohmann::ordered_json;
    if (profile.layers.empty()) return nullptr;
    const Machine& machine = profile.machine;
    Json memory = Json::array(), layers = Json::array();
    for (const Bound level : {Bound::l2, Bound::l3, Bound::dram}) {
        const MemoryLevel& m = machine.memory[static_cast<std::size_t>(level) - 1];
        memory.push_back({{"level", bound_name(level)},
                          {"bytes", level == Bound::dram ? Json(nullptr) : Json(m.bytes)},
                          {"gb_per_s", json_number(m.gb_per_s)}});
    }
    for (const LayerProfile& layer : profile.layers)
        layers.push_back({{"name", layer.name},
                          {"type", layer.type},
                          {"algorithm", layer.algorithm.empty() ? Json(nullptr) : Json(layer.algorithm)},
                          {"int8", layer.work.int8},
                          {"us", json_number(layer.us)},
                          {"best_us", json_number(layer.best.us)},
                          {"bound", bound_name(layer.best.bound)},
                          {"macs", layer.work.macs},
                          {"gmacs", json_number(layer.gmacs())},
                          {"of_peak", json_number(layer.of_peak(machine))},
                          {"weight_bytes", layer.work.weight_bytes},
                          {"activation_bytes", layer.work.activation_bytes},
                          {"scratch_bytes", layer.work.scratch_bytes}});
    return {{"threads", 1},
            {"machine",
             {{"int8_gmacs", json_number(machine.int8_gmacs)},
              {"float_gmacs", json_number(machine.float_gmacs)},
              {"memory", memory}}},
            {"layers", layers}};
}

}  // namespace detail

/// The report as a JSON value. The counts of the histograms stay out: they are for looking at.
inline nlohmann::ordered_json report_json(const Report& report) {
    using detail::json_number;
    using Json = nlohmann::ordered_json;
    Json layers = Json::array();
    for (const LayerReport& layer : report.layers)
        layers.push_back({{"name", layer.name},
                          {"type", layer.type},
                          {"shape", layer.shape},
                          {"sqnr_db", json_number(layer.sqnr_db)},
                          {"scale", json_number(layer.scale)},
                          {"zero_point", layer.zero_point},
                          {"macs", layer.macs},
                          {"int8", layer.int8}});
    Json tensors = Json::array();
    for (const TensorHistogram& tensor : report.tensors)
        tensors.push_back({{"name", tensor.name},
                           {"min", json_number(tensor.min)},
                           {"max", json_number(tensor.max)},
                           {"range_min", json_number(tensor.range_min)},
                           {"range_max", json_number(tensor.range_max)},
                           {"scale", json_number(tensor.scale)},
                           {"zero_point", tensor.zero_point},
                           {"clipped", json_number(clipped_fraction(tensor))}});
    Json findings = Json::array();
    for (const Finding& finding : report.findings)
        findings.push_back({{"layer", finding.layer}, {"kind", finding.kind}, {"detail", finding.detail}});
    return {{"network", report.network},
            {"images", report.images},
            {"classes", report.classes},
            {"qconfig", report.qconfig},
            {"arch", report.arch},
            {"machine", report.machine},
            {"threads", report.threads},
            {"hash", report.hash},
            {"float", detail::json_contender(report.float32)},
            {"int8", detail::json_contender(report.int8)},
            {"agreement", json_number(report.agreement)},
            {"logit_sqnr_db", json_number(report.logit_sqnr_db)},
            {"arena_bytes", report.arena_bytes},
            {"coverage_macs", json_number(report.coverage_macs)},
            {"layers", layers},
            {"profile", detail::json_profile(report.profile)},
            {"tensors", tensors},
            {"findings", findings}};
}

/// The same as text, indented, with a newline at the end.
inline std::string to_json(const Report& report) {
    // replace: a name that is not UTF-8 must not cost the whole report
    return report_json(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace octet
