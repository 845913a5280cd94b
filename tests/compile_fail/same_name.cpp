// EXPECT: octet: two layers have the same name
// EXPECT-GCC: layer<octet::Name\{"conv", 4\}>
// EXPECT-CLANG: 'c', 'o', 'n', 'v'
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.conv2d("conv", net.conv2d("conv", x, {.out = 4}), {.out = 4});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
