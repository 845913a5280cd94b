// EXPECT: octet: kernel, stride and dilation must be at least 1, and padding at least 0
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.conv2d("conv", x, {.out = 4, .kernel = 3, .stride = 0});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
