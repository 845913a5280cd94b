// MobileNetV2 as torchvision.models.mobilenet_v2 has it, with torchvision's names.
// M. Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, table 2.
#pragma once

#include "../graph/builder.hpp"

namespace octet::models {

/// torchvision's Conv2dNormActivation: `name`.0 the convolution, .1 the batch norm, .2 the ReLU6.
constexpr Value conv_norm_relu6(GraphBuilder& net, const Name& name, Value x, Conv2d options) {
    x = net.batch_norm(name + ".1", net.conv2d(name + ".0", x, options));
    return net.relu6(name + ".2", x);
}

/// Wide inside, narrow outside: 1x1 to `expand` times as many channels, 3x3 for each channel alone, 1x1 to `width`.
constexpr Value inverted_residual(GraphBuilder& net, const Name& name, Value x, int expand, int width, int stride) {
    const int wide = x.shape.c * expand;
    int layer = 0;
    Value y = x;
    if (expand != 1) y = conv_norm_relu6(net, name + ".conv." + layer++, y, {.out = wide});
    y = conv_norm_relu6(net, name + ".conv." + layer++, y,
                        {.out = wide, .kernel = 3, .stride = stride, .pad = 1, .groups = wide});
    y = net.conv2d(name + ".conv." + layer++, y, {.out = width});
    y = net.batch_norm(name + ".conv." + layer, y);
    return stride == 1 && x.shape.c == width ? net.add(name + ".add", x, y) : y;
}

/// torchvision.models.mobilenet_v2(num_classes=Classes) for images of Side x Side pixels.
template <int Classes = 1000, int Side = 224>
struct MobileNetV2 {
    static constexpr auto graph() {
        struct Stage {
            int expand, width, blocks, stride;
        };
        constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                    {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        GraphBuilder net;
        auto x = net.input({Side, Side, 3});
        int module = 0;
        const auto next = [&] { return Name("features.") + module++; };
        x = conv_norm_relu6(net, next(), x, {.out = 32, .kernel = 3, .stride = 2, .pad = 1});
        for (const Stage& s : stages)
            for (int block = 0; block < s.blocks; ++block)
                x = inverted_residual(net, next(), x, s.expand, s.width, block == 0 ? s.stride : 1);
        x = conv_norm_relu6(net, next(), x, {.out = 1280});
        x = net.flatten(net.global_avg_pool(x));
        return net.finish(net.linear("classifier.1", x, {.out = Classes}));
    }
};

}  // namespace octet::models
