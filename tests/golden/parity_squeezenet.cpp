#include <octet/models/squeezenet.hpp>

#include "parity_network.hpp"

void parity::compare_squeezenet(Parity& parity) {
    compare_engines<models::SqueezeNet11<10, 64>>(parity, "squeezenet1_1", 8);
}
