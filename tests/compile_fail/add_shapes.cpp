// EXPECT: octet: operands of add and mul must have the same shape
// EXPECT-GCC: operands_differ_in_shape, octet::detail::layer<octet::Name\{"sum", 3\}>, octet::Shape\{28, 28, 4\}, octet::Shape\{56, 56, 4\}>
// EXPECT-CLANG: operands_differ_in_shape, octet::detail::layer<'s', 'u', 'm'>, \{28, 28, 4\}, \{56, 56, 4\}>
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({56, 56, 3});
        x = net.add("sum", net.conv2d("a", x, {.out = 4}), net.conv2d("b", x, {.out = 4, .stride = 2}));
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
