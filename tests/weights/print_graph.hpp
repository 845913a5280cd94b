// Prints a network as weights/octet_graph.py sees it: one line for each fused node; after "tensors" one for each tensor
// of its float file; after "observers" one for each observer, first where all is int8, then where every third node is
// left in float.
#pragma once

#include <bit>
#include <cstdio>
#include <octet/graph/placement.hpp>
#include <octet/graph/tensor_list.hpp>
#include <octet/graph/verify.hpp>
#include <string>

inline void print_observers(const octet::Graph& graph, const octet::QConfigOf& qconfig_of) {
    const octet::Placement p = octet::place_observers(graph, qconfig_of);
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
    const octet::Graph& graph = octet::fused_graph_of<Net>();
    for (int i = 0; i < graph.count; ++i) {
        const octet::Node& n = graph[i];
        std::string inputs;
        for (const int input : n.inputs) inputs += (inputs.empty() ? "" : ",") + std::to_string(input);
        const auto& [kernel, stride, pad, dilation] = n.window;
        std::printf("%s %s %s", n.name.text, octet::op_name(n.op), inputs.empty() ? "-" : inputs.c_str());
        for (const int number :
             {n.shape.h, n.shape.w, n.shape.c, kernel.h, kernel.w, stride.h, stride.w, pad.top, pad.left, pad.bottom,
              pad.right, dilation.h, dilation.w, n.groups, int(n.relu), int(n.include_pad), n.divisor})
            std::printf(" %d", number);
        std::printf(" %08x %08x\n", std::bit_cast<unsigned>(n.low), std::bit_cast<unsigned>(n.high));
    }
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
