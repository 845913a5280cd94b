// EXPECT: octet: a layer with weights needs the name it has in the weights file
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.conv2d("", x, {.out = 4});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
