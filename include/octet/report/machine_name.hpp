// Which machine a report is about.
#pragma once

#include <fstream>
#include <string>

namespace octet {

/// The processor's name, for people; "unknown processor" where the system does not tell.
inline std::string machine_name() {
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);)
        if (line.starts_with("model name"))
            if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
    return "unknown processor";
}

}  // namespace octet
