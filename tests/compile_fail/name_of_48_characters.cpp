// EXPECT: a_name_is_longer_than_47_characters
#include <octet/graph/builder.hpp>
#include <octet/graph/verify.hpp>
struct Bad {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.relu("a.name.of.exactly.forty.eight.characters.is.long", x);
        return net.finish(x);
    }
};
auto nodes = octet::graph_of<Bad>().count;
