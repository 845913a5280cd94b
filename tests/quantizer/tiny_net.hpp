// TinyNet: 24 x 24 pixels of 3 channels in, a vector of 5 out.
// Written by octet's weights/export.py from
//     a Conv2d, BatchNorm2d, ReLU, Conv2d, ReLU, AdaptiveAvgPool2d and Linear, for these tests
//
//     using Net = networks::TinyNet;
//     #include <octet/octet.hpp>
//     auto model = octet::load<octet::FloatModel<Net>>(Net::weights);
//     auto prepared = octet::prepare<octet::qconfig::x86>(model);
//     auto int8 = octet::convert(octet::calibrate(prepared, images));
#pragma once

#include <octet/graph/builder.hpp>

namespace networks {

struct TinyNet {
    static constexpr const char* name = "tiny_net";
    static constexpr const char* weights = "tiny_net.safetensors";

    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({24, 24, 3});
        x = net.relu(net.batch_norm("norm", net.conv2d("conv", x, {.out = 8, .kernel = 3, .stride = 2, .pad = 1})));
        x = net.relu(net.conv2d("more", x, {.out = 16, .kernel = 3, .pad = 1, .bias = true}));
        x = net.flatten(net.global_avg_pool("pool", x));
        x = net.linear("fc", x, {.out = 5});
        return net.finish(x);
    }
};

}  // namespace networks
