// What a program's networks are, for octet_add_networks, which compiles the list for each architecture:
//
//     #include <octet/multiarch/networks.hpp>
//     #include "my_net.hpp"
//
//     const octet::CompiledNetworks* octet_networks() {
//         return octet::compile<octet::Compiled<MyNet, octet::qconfig::x86>>();
//     }
//
// Networks, qconfigs and policies are known by name, so none of them may be in an unnamed namespace.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "../graph/forms.hpp"
#include "../kernels/arch.hpp"
#include "../observe/qconfig_mapping.hpp"
#include "chosen.hpp"

/// Written by the user: the list.
extern "C" const octet::CompiledNetworks* octet_networks();

namespace octet {

/// One entry of the list: a network in float, and in int8 as quantized under each of `QC`; in int8, `Kernels` convolve.
template <class Kernels, class Net, class... QC>
struct CompiledWith {};
/// The same with the fastest kernels.
template <class Net, class... QC>
using Compiled = CompiledWith<kernels::fastest, Net, QC...>;

namespace detail {

template <class Form, class Numerics, class Kernels>
constexpr CompiledForward compile_forward() {
    using F = Forward<Form, Numerics, arch::best, Kernels>;
    return {forward_name<Form, Numerics, Kernels>(), F::tables(), F::template steps<ThreadPool>()};
}

// A pass layer by layer, which reads the same parameters as the whole one: a program has one table of them.
template <class Form, class Whole, class Numerics, class Kernels>
constexpr CompiledForward compile_layerwise() {
    CompiledForward f = compile_forward<Form, Numerics, Kernels>();
    f.tables.layers = Forward<Whole, Numerics, arch::best, Kernels>::tables().layers;
    return f;
}

// A network runs whole and, to be calibrated and compared, layer by layer.
template <class Kernels, class Net, class... QC>
constexpr auto forwards_of(CompiledWith<Kernels, Net, QC...>) {
    return std::array<CompiledForward, 2 + 2 * sizeof...(QC)>{
        compile_forward<Lowered<Net>, void, kernels::fastest>(),
        compile_layerwise<Fused<Net>, Lowered<Net>, void, kernels::fastest>(),
        compile_forward<LoweredInt8<Net, typename QConfigs<QC>::precision>, typename QC::numerics, Kernels>()...,
        compile_layerwise<FusedInt8<Net, typename QConfigs<QC>::precision>,
                          LoweredInt8<Net, typename QConfigs<QC>::precision>, typename QC::numerics, Kernels>()...};
}

template <class... C>
inline constexpr auto all_forwards = [] {
    std::array<CompiledForward, (forwards_of(C{}).size() + ...)> all{};
    auto end = all.begin();
    const auto append = [&end](const auto& some) { end = std::copy(some.begin(), some.end(), end); };
    (append(forwards_of(C{})), ...);
    return all;
}();

}  // namespace detail

/// The networks of a list of Compiled, for the architecture that the compiler compiles for.
template <class... C>
const CompiledNetworks* compile() {
    static constexpr CompiledNetworks networks{arch::best::name, detail::all_forwards<C...>,
                                               &measure_machine<arch::best>};
    return &networks;
}

}  // namespace octet
