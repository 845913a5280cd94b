// The networks of examples/resnet18.cpp.
#pragma once

#include <octet/models/resnet18.hpp>
#include <utility>

#include "quantizer/networks.hpp"

/// To use another number of classes, add it here: each is a network of its own to the compiler.
using KnownClasses = std::integer_sequence<int, 5, 10, 102, 1000>;

using QConfigs = quantizer::Choice<octet::qconfig::x86, octet::qconfig::fbgemm, octet::qconfig::onednn>;
