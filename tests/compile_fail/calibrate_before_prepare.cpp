// EXPECT: octet: calibrate needs observers: call octet::prepare<QConfig>\(model\) first
#include "nets.hpp"
void bad(const Model& model, const Images& images) { octet::calibrate(model, images); }
