// EXPECT: octet: save takes a QuantizedModel: call octet::convert\(calibrated\) first
#include "nets.hpp"
void bad(const Prepared& prepared) { octet::save(prepared, "x.safetensors"); }
