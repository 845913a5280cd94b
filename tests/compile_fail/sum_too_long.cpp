// EXPECT: octet: a sum over so many products may not fit 32 bits
// EXPECT-GCC: Shape\{56, 56, 64\}, octet::Shape\{1, 1, 65793\}
// EXPECT-CLANG: \{56, 56, 64\}, \{1, 1, 65793\}
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.conv2d("conv", net.conv2d("a", x, {.out = 64}), {.out = 4, .kernel = 56});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
