// EXPECT: octet: this model is int8 already: octet::prepare needs a FloatModel
#include "nets.hpp"
void bad(const octet::QuantizedModel<Straight, octet::qconfig::x86>& int8) { octet::prepare<octet::qconfig::x86>(int8); }
