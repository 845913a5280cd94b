// EXPECT: octet: this model is prepared already: call octet::calibrate\(model, images\)
#include "nets.hpp"
void bad(const Prepared& prepared) { octet::prepare<octet::qconfig::x86>(prepared); }
