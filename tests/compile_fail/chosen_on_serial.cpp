// EXPECT: octet: a model of arch::chosen runs on an octet::ThreadPool
#include <octet/multiarch/chosen.hpp>

#include "nets.hpp"
using Chosen = octet::QuantizedModel<Straight, octet::qconfig::x86, octet::arch::chosen>;
auto bad(Chosen& model, const octet::Tensor<float, 8, 8, 3>& image) { return model(image, octet::Serial{}); }
