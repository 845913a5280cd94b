// Prints a network as weights/octet_graph.py sees it: the text that an int8 file's "graph" is the hash of; after
// "tensors" a line for each tensor of its float file; after "observers" one for each observer, first where all is int8,
// then where every third node is left in float.
#pragma once

#include <cstdio>
#include <octet/graph/placement.hpp>
#include <octet/graph/tensor_list.hpp>
#include <octet/graph/verify.hpp>
#include <octet/io/int8_file.hpp>

inline void print_observers(octet::GraphView graph, const octet::QConfigOf& qconfig_of) {
    const octet::Placement p = octet::place_observers(graph, octet::decide_image(graph, qconfig_of));
    for (int observer = 0; observer < p.count; ++observer) {
        std::printf("%s nodes", graph[p.owner[std::size_t(observer)]].name.text);
        for (int i = 0; i < graph.count; ++i)
            if (p.observer[std::size_t(i)] == observer) std::printf(" %d", i);
        std::printf(" sees");
        for (int i = 0; i < graph.count; ++i)
            if (p.seen_by[std::size_t(i)] == observer) std::printf(" %d", i);
        std::printf("\n");
    }
}

template <class Net>
void print_graph() {
    octet::GraphView graph = octet::fused_graph_of<Net>();
    std::printf("%s", octet::detail::graph_text(graph).c_str());
    std::printf("tensors\n");
    static constexpr octet::TensorList tensors = octet::list_tensors(octet::graph_of<Net>());
    for (int i = 0; i < tensors.count; ++i) {
        const octet::TensorSlot& slot = tensors.slots[std::size_t(i)];
        std::printf("%s", slot.name.text);
        for (std::size_t d = 0; d < slot.rank; ++d) std::printf(" %d", int(slot.shape[d]));
        std::printf("\n");
    }
    std::printf("observers\n");
    octet::QConfigOf qconfig_of{};
    print_observers(graph, qconfig_of);
    for (int i = 2; i < graph.count; i += 3) qconfig_of[std::size_t(i)] = -1;
    print_observers(graph, qconfig_of);
}
