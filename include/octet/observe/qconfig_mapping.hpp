// Which layer gets which qconfig: PyTorch's QConfigMapping as a type, resolved by the compiler.
//
//     using Mapping = octet::QConfigMapping<
//         octet::Global<octet::qconfig::x86>,
//         octet::ObjectType<octet::Op::linear, octet::qconfig::none>,             // stays in float
//         octet::ModuleNameRegex<"layer4.*", octet::qconfig::none>,
//         octet::ModuleName<"layer4.1.conv2", octet::qconfig::x86>,
//         octet::ModuleNameObjectTypeOrder<"layer1.0", octet::Op::add, 0, octet::qconfig::none>>;
//     auto prepared = octet::prepare<Mapping>(model);
//
// Precedence, from low to high, is PyTorch's: global < object type < regular expression (the first that matches) <
// module name (the layer's own, else the nearest module around it) < module name with object type and order. Without
// Global everything else stays in float. A fused layer goes by its first operation.
#pragma once

#include <array>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "../graph/forms.hpp"
#include "mapping_rule.hpp"
#include "one_of.hpp"
#include "qconfig.hpp"

namespace octet {

/// The qconfig of every layer that nothing else in the mapping is about (set_global).
template <class QC>
struct Global {
    using qconfig = QC;
};
/// Of every layer of one kind (set_object_type).
template <Op Type, class QC>
struct ObjectType {
    using qconfig = QC;
};
/// Of every layer whose name begins with a match of a regular expression (set_module_name_regex; name_pattern.hpp).
template <Name Pattern, class QC>
struct ModuleNameRegex {
    using qconfig = QC;
};
/// Of a layer, or of all layers of a module (set_module_name).
template <Name Module, class QC>
struct ModuleName {
    static_assert(!Module.empty(), "octet: ModuleName needs a name; all layers are Global's");
    using qconfig = QC;
};
/// Of the Index-th layer of one kind directly inside a module; "" is the network itself
/// (set_module_name_object_type_order).
template <Name Module, Op Type, int Index, class QC>
struct ModuleNameObjectTypeOrder {
    using qconfig = QC;
};

namespace detail {

template <class Entry>
inline constexpr MappingRule rule_of = [] {
    static_assert(never<Entry>,
                  "octet: a QConfigMapping consists of Global, ObjectType, ModuleNameRegex, ModuleName and "
                  "ModuleNameObjectTypeOrder");
    return MappingRule{};
}();
template <class QC>
inline constexpr MappingRule rule_of<Global<QC>>{MappingRule::Kind::global};
template <Op T, class QC>
inline constexpr MappingRule rule_of<ObjectType<T, QC>>{MappingRule::Kind::type, {}, T};
template <Name N, class QC>
inline constexpr MappingRule rule_of<ModuleNameRegex<N, QC>>{MappingRule::Kind::regex, N};
template <Name N, class QC>
inline constexpr MappingRule rule_of<ModuleName<N, QC>>{MappingRule::Kind::module, N};
template <Name N, Op T, int I, class QC>
inline constexpr MappingRule rule_of<ModuleNameObjectTypeOrder<N, T, I, QC>>{MappingRule::Kind::order, N, T, I};

// Each entry's own constant, so that no evaluation of the compiler's grows with the mapping.
template <class Entry, class Net>
inline constexpr std::array<int, Graph::max_nodes> strengths_of = strengths(rule_of<Entry>, graph_of<Net>());
template <class Layer, class Entry, class Net>
struct a_name_in_the_mapping_matches_no_layer {
    static_assert(never<Entry>,
                  "octet: this entry of the QConfigMapping matches no layer of the network; names are those of the "
                  "weights file, with the modules around them, and a fused batch norm or ReLU goes by the name of the "
                  "layer before it");
};

template <class... O>
struct Distinct;  // the first of each of the types
template <class... Seen>
struct Distinct<std::tuple<Seen...>> {
    using type = std::tuple<Seen...>;
};
template <class... Seen, class O, class... Rest>
struct Distinct<std::tuple<Seen...>, O, Rest...>
    : Distinct<std::conditional_t<(std::is_same_v<Seen, O> || ...), std::tuple<Seen...>, std::tuple<Seen..., O>>,
               Rest...> {};

template <class Observers>
struct ObserverOf;
template <class O>
struct ObserverOf<std::tuple<O>> {
    using type = O;
};
template <class... O>
struct ObserverOf<std::tuple<O...>> {
    using type = OneOf<O...>;
};

}  // namespace detail

/// Qconfigs by layer. Use it wherever a qconfig is asked for.
template <class... Entries>
struct QConfigMapping {
private:
    static constexpr std::size_t size = sizeof...(Entries);
    template <class... Tuples>
    using Join = decltype(std::tuple_cat(std::declval<Tuples>()...));

    static_assert((requires { std::string_view(Entries::qconfig::name); } && ...),
                  "octet: a qconfig needs a name, which its files carry: static constexpr const char* name = \"...\"");

    template <class QC>
    using if_some = std::conditional_t<std::is_same_v<QC, qconfig::none>, std::tuple<>, std::tuple<QC>>;
    template <class Tuple>
    struct Unpack;
    template <class... QC>
    struct Unpack<std::tuple<QC...>> {
        using distinct = typename detail::Distinct<std::tuple<>, QC...>::type;
        using observers = typename detail::Distinct<std::tuple<>, typename QC::activation...>::type;
        using policies = typename detail::Distinct<std::tuple<>, typename QC::numerics...>::type;
    };
    using some = Unpack<Join<if_some<typename Entries::qconfig>...>>;

public:
    /// The qconfigs that are not none, each once.
    using qconfigs = typename some::distinct;
    static_assert(std::tuple_size_v<qconfigs> > 0, "octet: every entry of this QConfigMapping is none");
    static_assert(std::tuple_size_v<typename some::policies> == 1,
                  "octet: all qconfigs of a mapping need the same numerics: a program runs on one engine");

    using activation = typename detail::ObserverOf<typename some::observers>::type;
    using numerics = std::tuple_element_t<0, typename some::policies>;

    /// By fused layer, the number of its qconfig among `qconfigs`; -1: none.
    template <class Net>
    static constexpr QConfigOf qconfig_of() {
        (void)(check<Entries, Net>() && ...);
        constexpr std::array<detail::MappingRule, size> rules{detail::rule_of<Entries>...};
        constexpr std::array<int, size> numbers{number<typename Entries::qconfig>()...};
        constexpr std::array<const std::array<int, Graph::max_nodes>*, size> strengths{
            &detail::strengths_of<Entries, Net>...};
        constexpr const Graph& fused = fused_graph_of<Net>();
        QConfigOf result;
        result.fill(-1);
        for (int layer = 0; layer < fused.count; ++layer) {
            int strongest = 0;
            for (std::size_t r = 0; r < size; ++r) {
                const int s = (*strengths[r])[std::size_t(fused[layer].source)];
                const bool first_regex = rules[r].kind == detail::MappingRule::Kind::regex;
                if (s == 0 || s < strongest || (s == strongest && first_regex)) continue;
                strongest = s;
                result[std::size_t(layer)] = numbers[r];
            }
        }
        return result;
    }

    /// "global x86; module fc none": what files carry.
    static constexpr auto text = [] {
        // 96: the longest entry without its qconfig's name, with room to spare.
        std::array<char, ((96 + std::string_view(Entries::qconfig::name).size()) + ... + 1)> all{};
        std::size_t length = 0;
        const auto put = [&](std::string_view part) {
            for (const char c : part) all[length++] = c;
        };
        const auto entry = [&](const detail::MappingRule& rule, std::string_view qconfig) {
            constexpr std::string_view kinds[] = {"global", "type", "regex", "module", "order"};
            put(length == 0 ? "" : "; ");
            put(kinds[std::size_t(rule.kind)]);
            put(" ");
            if (!rule.name.empty()) put(rule.name.view()), put(" ");
            const bool typed =
                rule.kind == detail::MappingRule::Kind::type || rule.kind == detail::MappingRule::Kind::order;
            if (typed) put(op_name(rule.type)), put(" ");
            if (rule.kind == detail::MappingRule::Kind::order) put((Name() + rule.index).view()), put(" ");
            put(qconfig);
        };
        (entry(detail::rule_of<Entries>, Entries::qconfig::name), ...);
        return all;
    }();
    static constexpr const char* name = text.data();

private:
    template <class QC, std::size_t I = 0>
    static constexpr int number() {
        if constexpr (std::is_same_v<QC, qconfig::none>)
            return -1;
        else if constexpr (std::is_same_v<QC, std::tuple_element_t<I, qconfigs>>)
            return int(I);
        else
            return number<QC, I + 1>();
    }
    template <class Entry, class Net>
    static constexpr bool check() {
        constexpr detail::MappingRule rule = detail::rule_of<Entry>;
        if constexpr (!detail::speaks(rule, detail::strengths_of<Entry, Net>, fused_graph_of<Net>()))
            return sizeof(detail::a_name_in_the_mapping_matches_no_layer<detail::Label<rule.name>, Entry, Net>) != 0;
        return true;
    }
};

/// A qconfig or a mapping as the models see it: which layers are int8, and the qconfigs by number.
template <class QC>
struct QConfigs {
    using precision = AllInt8;
    using all = std::tuple<QC>;
};
template <class... Entries>
struct QConfigs<QConfigMapping<Entries...>> {
    using precision = QConfigMapping<Entries...>;
    using all = typename QConfigMapping<Entries...>::qconfigs;
};

/// Calls f.operator()<QC>() with qconfig number `index` of `QC`.
template <class QC, class F>
void with_qconfig(int index, F f) {
    [&]<class... Each>(std::type_identity<std::tuple<Each...>>) {
        int i = 0;
        ((i++ == index ? f.template operator()<Each>() : void()), ...);
    }(std::type_identity<typename QConfigs<QC>::all>{});
}

}  // namespace octet
