// A right network, for tests whose mistake is elsewhere.
#pragma once
#include <octet/octet.hpp>

struct Straight {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 3});
        return net.finish(net.conv2d("conv", x, {.out = 4, .kernel = 3}));
    }
};
using Model = octet::FloatModel<Straight>;
using Prepared = octet::PreparedModel<Straight, octet::qconfig::x86, octet::arch::best>;
using Images = std::vector<xt::xtensor<float, 3>>;
