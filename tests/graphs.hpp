// Networks built while a test runs, instead of by the compiler.
#pragma once

#include <octet/graph/graph.hpp>
#include <stdexcept>
#include <string_view>

namespace octet::detail {
// In a constant expression this stops the compiler; here somebody must define it.
inline void a_name_is_longer_than_47_characters() { throw std::length_error("a name is longer than 47 characters"); }
}  // namespace octet::detail

namespace test {

/// The number of a node; -1: there is none of this name.
inline int find(octet::GraphView g, std::string_view name) {
    for (int i = 0; i < g.count; ++i)
        if (g[i].name.view() == name) return i;
    return -1;
}

}  // namespace test
