// EXPECT: octet: operands of add and mul must have the same shape, those of cat the same height and width
// EXPECT-GCC: operands_differ_in_shape, octet::detail::layer<octet::Name\{"join", 4\}>, octet::Shape\{4, 8, 6\}, octet::Shape\{8, 8, 6\}>
// EXPECT-CLANG: operands_differ_in_shape, octet::detail::layer<'j', 'o', 'i', 'n'>, \{4, 8, 6\}, \{8, 8, 6\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.cat("join", {x, net.max_pool(x, {.kernel = {2, 1}, .stride = {2, 1}})});
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
