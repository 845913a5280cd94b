// ResNet34 as torchvision.models.resnet34 has it: ResNet18 with more blocks.
#pragma once

#include "resnet18.hpp"

namespace octet::models {

/// torchvision.models.resnet34(num_classes=Classes) for images of Side x Side pixels.
template <int Classes = 1000, int Side = 224>
struct ResNet34 : BasicResNet<Classes, Side, 3, 4, 6, 3> {};

}  // namespace octet::models
