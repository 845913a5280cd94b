// EXPECT: octet: linear takes a vector: call flatten first
// EXPECT-GCC: layer<octet::Name\{"fc", 2\}>, octet::Shape\{56, 56, 3\}, octet::Shape\{1, 1, 9408\}>
// EXPECT-CLANG: 'f', 'c'>, \{56, 56, 3\}, \{1, 1, 9408\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.linear("fc", x, {.out = 10});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
