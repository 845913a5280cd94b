// The entries of a QConfigMapping as values, and how strongly each speaks about a layer.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "../graph/graph.hpp"
#include "name_pattern.hpp"

namespace octet::detail {

/// One entry of a mapping, its qconfig apart.
struct MappingRule {
    enum class Kind : std::uint8_t { global, type, regex, module, order } kind{};
    Name name{};
    Op type{};
    int index = 0;
};

/// "layer1.0" of "layer1.0.conv1", "" of "conv1".
constexpr std::string_view module_around(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}
/// How far up from a layer's name a module lies: 0 its own name, 1 the module around it, ...; -1: it is not around it.
constexpr int steps_up(std::string_view layer, std::string_view module) {
    int steps = 0;
    for (; layer != module; ++steps) {
        if (layer.empty()) return -1;
        layer = module_around(layer);
    }
    return steps;
}
/// How many layers of node i's kind stand before it in the same module.
constexpr int order_of(const Graph& g, int i) {
    int order = 0;
    for (int j = 0; j < i; ++j)
        order += g[j].op == g[i].op && module_around(g[j].name.view()) == module_around(g[i].name.view()) ? 1 : 0;
    return order;
}
/// How strongly a rule speaks about each node of a graph as written; 0: not at all. Of equals the later one counts, but
/// of regular expressions the first.
constexpr std::array<int, Graph::max_nodes> strengths(const MappingRule& rule, const Graph& written) {
    std::array<int, Graph::max_nodes> all{};
    const NamePattern pattern(rule.kind == MappingRule::Kind::regex ? rule.name.view() : std::string_view{});
    for (int i = 0; i < written.count; ++i) {
        const Node& n = written[i];
        int& strength = all[std::size_t(i)];
        switch (rule.kind) {
            case MappingRule::Kind::global: strength = 1; break;
            case MappingRule::Kind::type: strength = rule.type == n.op ? 2 : 0; break;
            case MappingRule::Kind::regex: strength = pattern.matches(n.name.view()) ? 3 : 0; break;
            case MappingRule::Kind::module: {
                const int steps = steps_up(n.name.view(), rule.name.view());
                strength = steps < 0 ? 0 : 1000 - steps;
                break;
            }
            case MappingRule::Kind::order:
                if (rule.type == n.op && module_around(n.name.view()) == rule.name.view() &&
                    order_of(written, i) == rule.index)
                    strength = 2000;
                break;
        }
    }
    return all;
}
/// Whether a rule is about any fused layer at all. Kinds of layer may be absent, names may not. (A batch norm or ReLU
/// that is fused goes by the name of the layer before it.)
constexpr bool speaks(const MappingRule& rule, const std::array<int, Graph::max_nodes>& strengths, const Graph& fused) {
    if (rule.kind == MappingRule::Kind::global || rule.kind == MappingRule::Kind::type) return true;
    for (int layer = 0; layer < fused.count; ++layer)
        if (strengths[std::size_t(fused[layer].source)] > 0) return true;
    return false;
}

}  // namespace octet::detail
