#include <octet/models/vgg11.hpp>

#include "parity_network.hpp"

void parity::compare_vgg11(Parity& parity) { compare_engines<models::Vgg11<10, 64, 64>>(parity, "vgg11", 8); }
