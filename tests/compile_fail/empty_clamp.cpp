// EXPECT: octet: clamp needs a lower bound below the upper one
// EXPECT-GCC: layer<octet::Name\{"gate", 4\}>
// EXPECT-CLANG: 'g', 'a', 't', 'e'
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.clamp("gate", x, 1.0f, -1.0f);
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
