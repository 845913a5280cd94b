#include <octet/models/mobilenet_v2.hpp>

#include "parity_network.hpp"

void parity::compare_mobilenet(Parity& parity) {
    compare_engines<models::MobileNetV2<10, 64>>(parity, "mobilenet_v2", 8);
}
