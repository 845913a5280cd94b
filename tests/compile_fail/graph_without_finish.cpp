// EXPECT: octet: a network has a static constexpr function graph\(\) that returns net.finish\(...\)
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        return net.input({8, 8, 3});
    }
};
auto nodes = octet::graph_of<Bad>().count;
