// A program of somebody else, who has octet and a network of two layers.
#include <octet/octet.hpp>

#include <iostream>

struct Tiny {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 3});
        x = net.relu(net.conv2d("conv", x, {.out = 4, .kernel = 3, .pad = 1}));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 2}));
    }
};

static_assert(Tiny::graph()[Tiny::graph().output].shape.c == 2);

int main() {
    constexpr auto graph = Tiny::graph();
    std::cout << "octet found: a network of " << graph.count << " nodes\n";
}
