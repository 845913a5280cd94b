// ResNet18 as torchvision.models.resnet18 has it, with torchvision's names.
// K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition, 2015, table 1.
#pragma once

#include "../graph/builder.hpp"

namespace octet::models {

/// Two 3x3 convolutions around a shortcut; where the shape changes the shortcut is a 1x1 convolution.
constexpr Value basic_block(GraphBuilder& net, const Name& name, Value x, int width, int stride) {
    Value y = net.conv2d(name + ".conv1", x, {.out = width, .kernel = 3, .stride = stride, .pad = 1});
    y = net.relu(net.batch_norm(name + ".bn1", y));
    y = net.conv2d(name + ".conv2", y, {.out = width, .kernel = 3, .pad = 1});
    y = net.batch_norm(name + ".bn2", y);
    Value shortcut = x;
    if (stride != 1 || x.shape.c != width) {
        shortcut = net.conv2d(name + ".downsample.0", x, {.out = width, .kernel = 1, .stride = stride});
        shortcut = net.batch_norm(name + ".downsample.1", shortcut);
    }
    return net.relu(net.add(name + ".add", y, shortcut));
}

/// A ResNet of basic blocks: `Blocks` of them in each of the four stages.
template <int Classes, int Side, int... Blocks>
struct BasicResNet {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({Side, Side, 3});
        x = net.relu(net.batch_norm("bn1", net.conv2d("conv1", x, {.out = 64, .kernel = 7, .stride = 2, .pad = 3})));
        x = net.max_pool("maxpool", x, {.kernel = 3, .stride = 2, .pad = 1});
        int stage = 0;
        for (const int blocks : {Blocks...}) {
            const Name layer = Name("layer") + ++stage;
            for (int block = 0; block < blocks; ++block)
                x = basic_block(net, layer + "." + block, x, 32 << stage, stage > 1 && block == 0 ? 2 : 1);
        }
        x = net.flatten(net.global_avg_pool("avgpool", x));
        return net.finish(net.linear("fc", x, {.out = Classes}));
    }
};

/// torchvision.models.resnet18(num_classes=Classes) for images of Side x Side pixels.
template <int Classes = 1000, int Side = 224>
struct ResNet18 : BasicResNet<Classes, Side, 2, 2, 2, 2> {};

}  // namespace octet::models
