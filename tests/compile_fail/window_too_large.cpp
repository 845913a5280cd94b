// EXPECT: octet: the window does not fit the padded input
// EXPECT-GCC: layer<octet::Name\{"wide", 4\}>, octet::Shape\{56, 56, 3\}, octet::Shape\{59, 59, 3\}>
// EXPECT-CLANG: 'w', 'i', 'd', 'e'>, \{56, 56, 3\}, \{59, 59, 3\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.conv2d("wide", x, {.out = 4, .kernel = 59, .pad = 1});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
