// What examples/resnet18.cpp has compiled for each architecture.
#include "resnet18_networks.hpp"

namespace {
template <int... Classes>
const octet::CompiledNetworks* compile(std::integer_sequence<int, Classes...>) {
    return QConfigs::compile<octet::models::ResNet18<Classes>...>();
}
}  // namespace

const octet::CompiledNetworks* octet_networks() { return compile(KnownClasses{}); }
