// The options of layers, with PyTorch's words and defaults, for designated initializers:
//
//     net.conv2d("conv1", x, {.out = 64, .kernel = 7, .stride = 2, .pad = 3})
#pragma once

#include "../core/shape.hpp"

namespace octet {

/// Options of torch.nn.Conv2d. `bias` is false by default, since a batch norm follows nearly always.
struct Conv2d {
    int out = 0;
    Pair kernel{1};
    Pair stride{1};
    Padding pad{};
    Pair dilation{1};
    int groups = 1;
    bool bias = false;
};

/// Options of torch.nn.BatchNorm2d.
struct BatchNorm {
    float eps = 1e-5f;
};

/// Options of torch.nn.MaxPool2d.
struct MaxPool {
    Pair kernel{2};
    Pair stride{2};
    Padding pad{};
    bool ceil_mode = false;
};

/// Options of torch.nn.AvgPool2d. `divisor_override` 0: the number of pixels, those of the padding included or not.
struct AvgPool {
    Pair kernel{2};
    Pair stride{2};
    Padding pad{};
    bool ceil_mode = false;
    bool count_include_pad = true;
    int divisor_override = 0;
};

/// Options of torch.nn.Linear.
struct Linear {
    int out = 0;
    bool bias = true;
};

}  // namespace octet
