// EXPECT: octet: cat joins at most Operands::most values; join some of them first
// EXPECT-GCC: layer<octet::Name\{"join", 4\}>, octet::Shape\{8, 8, 6\}, octet::Shape\{1, 1, 8\}>
// EXPECT-CLANG: 'j', 'o', 'i', 'n'>, \{8, 8, 6\}, \{1, 1, 8\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.cat("join", {x, x, x, x, x, x, x, x, x});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
