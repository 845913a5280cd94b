// EXPECT: octet: convert needs a calibrated model: call octet::prepare<QConfig>\(model\), then
#include "nets.hpp"
void bad(const Model& model) { octet::convert(model); }
