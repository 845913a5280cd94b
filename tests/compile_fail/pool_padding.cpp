// EXPECT: octet: a pool may be padded by at most half its kernel
// EXPECT-GCC: Shape\{56, 56, 3\}, octet::Shape\{1, 1, 3\}
// EXPECT-CLANG: \{56, 56, 3\}, \{1, 1, 3\}
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.max_pool(x, {.kernel = 2, .stride = 2, .pad = 2});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
