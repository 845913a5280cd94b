// EXPECT: octet: load gives a FloatModel or a QuantizedModel; the states in between have no file
#include "nets.hpp"
auto bad() { return octet::load<Prepared>("x.safetensors"); }
