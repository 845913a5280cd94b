// MeanNet: 9 x 9 pixels of 1 channel in, a vector of 4 out.
// Written by octet's weights/export.py from
//     odd_net.py:MeanNet
//
//     using Net = networks::MeanNet;
//     #include <octet/octet.hpp>
//     auto model = octet::load<octet::FloatModel<Net>>(Net::weights);
//     auto prepared = octet::prepare<octet::qconfig::x86>(model);
//     auto int8 = octet::convert(octet::calibrate(prepared, images));
#pragma once

#include <octet/graph/builder.hpp>

namespace networks {

struct MeanNet {
    static constexpr const char* name = "mean_net";
    static constexpr const char* weights = "mean_net.safetensors";

    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({9, 9, 1});
        const auto conv = net.relu(net.conv2d("conv", x, {.out = 8, .kernel = 3}));
        x = net.conv2d("more", conv, {.out = 8, .kernel = 1, .bias = true});
        x = net.clamp(net.add(x, conv), 0.1f, 3.0f);
        x = net.flatten(net.global_avg_pool(x));
        x = net.clamp(net.linear("fc", x, {.out = 4}), -1.0f, 1.0f);
        return net.finish(x);
    }
};

}  // namespace networks
