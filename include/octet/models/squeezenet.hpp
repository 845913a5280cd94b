// SqueezeNet 1.1 as torchvision.models.squeezenet1_1 has it, with torchvision's names.
// F. Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model size, 2016.
#pragma once

#include "../graph/builder.hpp"

namespace octet::models {

/// A 1x1 convolution to few channels, then a 1x1 and a 3x3 convolution to many, side by side.
constexpr Value fire(GraphBuilder& net, const Name& name, Value x, int squeeze, int expand) {
    x = net.relu(net.conv2d(name + ".squeeze", x, {.out = squeeze, .kernel = 1, .bias = true}));
    const auto narrow = net.relu(net.conv2d(name + ".expand1x1", x, {.out = expand, .kernel = 1, .bias = true}));
    const auto wide =
        net.relu(net.conv2d(name + ".expand3x3", x, {.out = expand, .kernel = 3, .pad = 1, .bias = true}));
    return net.cat(name + ".cat", {narrow, wide});
}

/// torchvision.models.squeezenet1_1(num_classes=Classes) for images of Side x Side pixels.
template <int Classes = 1000, int Side = 224>
struct SqueezeNet11 {
    static constexpr auto graph() {
        constexpr MaxPool pool{.kernel = 3, .stride = 2, .ceil_mode = true};
        GraphBuilder net;
        auto x = net.input({Side, Side, 3});
        x = net.relu(net.conv2d("features.0", x, {.out = 64, .kernel = 3, .stride = 2, .bias = true}));
        x = net.max_pool("features.2", x, pool);
        x = fire(net, "features.3", x, 16, 64);
        x = fire(net, "features.4", x, 16, 64);
        x = net.max_pool("features.5", x, pool);
        x = fire(net, "features.6", x, 32, 128);
        x = fire(net, "features.7", x, 32, 128);
        x = net.max_pool("features.8", x, pool);
        x = fire(net, "features.9", x, 48, 192);
        x = fire(net, "features.10", x, 48, 192);
        x = fire(net, "features.11", x, 64, 256);
        x = fire(net, "features.12", x, 64, 256);
        x = net.relu(net.conv2d("classifier.1", x, {.out = Classes, .kernel = 1, .bias = true}));
        return net.finish(net.flatten(net.global_avg_pool("classifier.3", x)));
    }
};

}  // namespace octet::models
