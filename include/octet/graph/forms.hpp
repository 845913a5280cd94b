// The forms of a network that the rest of octet works on, each computed once by the compiler and named by a type:
// its fused layers, where its observers sit, and what a forward pass runs, in float or in int8.
//
// `Precision` says which layers are int8: AllInt8, or a QConfigMapping (observe/qconfig_mapping.hpp).
#pragma once

#include "lower.hpp"
#include "placement.hpp"
#include "precision.hpp"
#include "verify.hpp"

namespace octet {

/// Every layer is int8, under the one qconfig there is.
struct AllInt8 {
    template <class Net>
    static constexpr QConfigOf qconfig_of() {
        return {};
    }
};

/// Which qconfig each layer has, and where its observers sit, by fused layer.
template <class Net, class Precision = AllInt8>
struct Placed {
    static constexpr QConfigOf qconfig_of = decide_image(fused_graph_of<Net>(), Precision::template qconfig_of<Net>());
    static constexpr Placement placement = place_observers(fused_graph_of<Net>(), qconfig_of);
    static_assert(placement.count > 0, "octet: under this QConfigMapping every layer stays in float");
};

namespace detail {
template <class Net>
inline constexpr Graph lowered = lower(fused_graph_of<Net>());
template <class Net, class Precision>
inline constexpr Graph precise = place_precision(fused_graph_of<Net>(), Placed<Net, Precision>::qconfig_of);
template <class Net, class Precision>
constexpr const Graph& checked_precise() {
    static_assert(precise<Net, Precision>.problem.mistake == Mistake::none,
                  "octet: with its casts around float islands the network has more than Graph::max_nodes operations");
    return precise<Net, Precision>;
}
template <class Net, class Precision>
inline constexpr Graph lowered_precise = lower(checked_precise<Net, Precision>());
}  // namespace detail

/// The float network one fused layer at a time: what is calibrated, compared and reported.
template <class Net>
struct Fused {
    static constexpr GraphView graph = view_of<fused_graph_of<Net>()>;
};

/// The float network as a forward pass runs it: clamps and residual additions inside convolutions.
template <class Net>
struct Lowered {
    static constexpr GraphView graph = view_of<detail::lowered<Net>>;
};

/// The int8 network one fused layer at a time, with casts around float islands.
template <class Net, class Precision = AllInt8>
struct FusedInt8 {
    static constexpr GraphView graph = view_of<detail::checked_precise<Net, Precision>()>;
    static constexpr const Placement& placement = Placed<Net, Precision>::placement;
};

/// The int8 network as a forward pass runs it. The same integers.
template <class Net, class Precision = AllInt8>
struct LoweredInt8 {
    static constexpr GraphView graph = view_of<detail::lowered_precise<Net, Precision>>;
    static constexpr const Placement& placement = Placed<Net, Precision>::placement;
};

}  // namespace octet
