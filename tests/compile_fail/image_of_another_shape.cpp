// EXPECT: octet: the image's shape is not the network's input shape
// EXPECT-GCC: Shape\{8, 8, 3\}
// EXPECT-CLANG: \{8, 8, 3\}
#include "nets.hpp"
auto bad(Model& model, const octet::Tensor<float, 3, 8, 8>& chw) { return model(chw); }
