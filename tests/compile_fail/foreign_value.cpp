// EXPECT: octet: an operand is not a value of this network
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.relu(octet::Value{7, {56, 56, 3}});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
