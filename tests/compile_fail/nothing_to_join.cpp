// EXPECT: octet: cat needs at least one value
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        net.input({8, 8, 6});
        return net.finish(net.cat({}));
    }
};
auto nodes = octet::graph_of<Bad>().count;
