// What a run-time misuse becomes. The compiler finds most mistakes (see graph/verify.hpp); what only
// a run can find - a broken file, an image of the wrong size - ends here, as one exception whose text
// says what was expected, what was found, where, and what to do.
//
// This header is for hosts: firmware includes nothing that can fail at run time.
#pragma once

#include <stdexcept>  // host
#include <string>     // host

namespace octet {

/// The one exception octet throws. `what()` is meant for the person at the keyboard: it may have
/// several lines (all mismatches of a file are reported together).
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace octet
