// EXPECT: octet: an image is a tensor of float, HWC
#include "nets.hpp"
auto bad(Model& model, const octet::Tensor<std::uint8_t, 8, 8, 3>& bytes) { return model(bytes); }
