// VGG11 as torchvision.models.vgg11 has it, with torchvision's names: convolutions and pools, one after the other.
// K. Simonyan, A. Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, table 1, A.
#pragma once

#include "../graph/builder.hpp"

namespace octet::models {

/// torchvision.models.vgg11(num_classes=Classes) for images of Side x Side pixels; `Hidden` is the width of the two
/// hidden linear layers.
template <int Classes = 1000, int Side = 224, int Hidden = 4096>
struct Vgg11 {
    static constexpr auto graph() {
        constexpr int pool = 0;
        GraphBuilder net;
        auto x = net.input({Side, Side, 3});
        int module = 0;
        for (const int width : {64, pool, 128, pool, 256, 256, pool, 512, 512, pool, 512, 512, pool}) {
            const Name name = Name("features.") + module;
            if (width == pool) {
                x = net.max_pool(name, x, {.kernel = 2, .stride = 2});
                module += 1;
            } else {
                x = net.relu(net.conv2d(name, x, {.out = width, .kernel = 3, .pad = 1, .bias = true}));
                module += 2;
            }
        }
        x = net.flatten(net.adaptive_avg_pool("avgpool", x, 7));
        x = net.relu(net.linear("classifier.0", x, {.out = Hidden}));
        x = net.relu(net.linear("classifier.3", x, {.out = Hidden}));
        return net.finish(net.linear("classifier.6", x, {.out = Classes}));
    }
};

}  // namespace octet::models
