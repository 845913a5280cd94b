// EXPECT: octet: a batch norm must directly follow a conv2d
// EXPECT-GCC: layer<octet::Name\{"bn", 2\}>
// EXPECT-CLANG: 'b', 'n'
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.batch_norm("bn", x);
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
