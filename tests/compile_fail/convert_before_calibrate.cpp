// EXPECT: octet: convert needs a calibrated model: call octet::calibrate\(prepared, images\) first
#include "nets.hpp"
void bad(const Prepared& prepared) { octet::convert(prepared); }
