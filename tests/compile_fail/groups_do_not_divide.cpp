// EXPECT: octet: groups must divide the input channels and .out
// EXPECT-GCC: groups_do_not_divide, octet::detail::layer<octet::Name\{"conv", 4\}>, octet::Shape\{8, 8, 6\}, octet::Shape\{1, 1, 4\}>
// EXPECT-CLANG: groups_do_not_divide, octet::detail::layer<'c', 'o', 'n', 'v'>, \{8, 8, 6\}, \{1, 1, 4\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.conv2d("conv", x, {.out = 8, .groups = 4});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
