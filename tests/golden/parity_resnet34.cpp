#include <octet/models/resnet34.hpp>

#include "parity_network.hpp"

void parity::compare_resnet34(Parity& parity) { compare_engines<models::ResNet34<10, 64>>(parity, "resnet34", 8); }
