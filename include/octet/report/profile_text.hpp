// A profile as a table in the terminal.
#pragma once

#include <string>

#include "format.hpp"
#include "roofline.hpp"
#include "text_table.hpp"

namespace octet {

namespace detail {

inline std::string format_us(double us) { return format_with_unit(us, us < 10 ? 2 : us < 1000 ? 1 : 0, "µs"); }
/// A dash for what multiplies nothing.
inline std::string format_gmacs(const LayerProfile& layer) {
    return layer.work.macs ? format_fixed(layer.gmacs(), 1) : std::string();
}
inline std::string format_of_peak(const LayerProfile& layer, const Machine& machine) {
    return layer.work.macs ? format_percent(layer.of_peak(machine), 1) : std::string();
}
/// "512.0 KiB of L2 at 103 GB/s, ..."
inline std::string describe_machine(const Machine& m) {
    std::string text =
        concat("int8 ", format_fixed(m.int8_gmacs, 0), " GMAC/s, float ", format_fixed(m.float_gmacs, 0), " GMAC/s");
    for (const Bound level : {Bound::l2, Bound::l3, Bound::dram}) {
        const MemoryLevel& memory = m.memory[std::size_t(level) - 1];
        append(text, ", ", level == Bound::dram ? "" : concat(format_bytes(memory.bytes), " of "), bound_name(level),
               " ", format_fixed(memory.gb_per_s, 0), " GB/s");
    }
    return text;
}

}  // namespace detail

/// The profile for a terminal: a line for the machine, and a row for each step. `at best` is the time that the roofline
/// leaves, and `bound` what it is spent on.
inline std::string to_text(const Profile& profile) {
    using namespace detail;
    TextTable<10> table(3);
    const auto size = [](std::uint64_t bytes) { return bytes ? format_bytes(bytes) : std::string(); };
    const auto add = [&](const LayerProfile& layer, const char* bound) {
        table.add({layer.name, layer.type, layer.algorithm, size(layer.work.weight_bytes),
                   size(layer.work.scratch_bytes), format_us(layer.us), format_us(layer.best.us), format_gmacs(layer),
                   format_of_peak(layer, profile.machine), bound});
    };
    table.add({"profile", "type", "algorithm", "weights", "scratch", "time", "at best", "GMAC/s", "of peak", "bound"});
    table.rule();
    for (const LayerProfile& layer : profile.layers) add(layer, bound_name(layer.best.bound));
    table.rule();
    add(profile.total(), "");
    return concat(table.str(), "1 thread of this machine: ", describe_machine(profile.machine), "\n");
}

}  // namespace octet
