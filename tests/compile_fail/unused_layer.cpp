// EXPECT: octet: nothing uses this layer
// EXPECT-GCC: layer<octet::Name\{"lost", 4\}>
// EXPECT-CLANG: 'l', 'o', 's', 't'
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        net.conv2d("lost", x, {.out = 4});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
