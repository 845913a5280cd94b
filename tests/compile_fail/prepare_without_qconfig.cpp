// EXPECT: octet: prepare needs a qconfig: octet::prepare<octet::qconfig::x86>\(model\)
#include "nets.hpp"
void bad(const Model& model) { octet::prepare(model); }
