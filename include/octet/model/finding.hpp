// Nothing is silent: what went less than perfectly on the way to int8 is a finding, and ends in the report.
#pragma once

#include <string>  // host

namespace octet {

/// Something the reader must be told.
struct Finding {
    std::string layer{};   ///< empty: the whole network
    std::string kind{};    ///< a few words, the same for the same thing: "dead channel"
    std::string detail{};  ///< a sentence with the numbers
};

}  // namespace octet
