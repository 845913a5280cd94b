// EXPECT: octet: the network has a second input
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.add(x, net.input({56, 56, 3}));
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
