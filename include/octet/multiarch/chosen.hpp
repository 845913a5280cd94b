// The architecture that is chosen when the program starts: networks are compiled once for each architecture, all else
// - what loads, calibrates, converts, saves, reports, and the program itself - once.
//
//     networks.cpp (networks.hpp) lists networks      CMake's octet_add_networks compiles it for each architecture
//     octet::QuantizedModel<Net, octet::qconfig::x86, octet::arch::chosen>      is a model like any other
//
// A model of arch::chosen has the type that it always has; only the tables of its forward pass come from the copy that
// this machine runs best, and it runs on a ThreadPool: ThreadPool(1) is the calling thread alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "../core/error.hpp"
#include "../model/forward.hpp"
#include "../model/run.hpp"
#include "../model/thread_pool.hpp"
#include "../report/machine.hpp"

namespace octet {

namespace arch {
/// The best one of this machine, of those that the program has its networks for; the environment variable OCTET_ARCH
/// names another.
struct chosen {};
}  // namespace arch

/// A forward pass as one architecture compiled it.
struct CompiledForward {
    std::string_view name;  ///< its form, numerics and kernel policy
    ForwardTables tables;
    std::span<const Step<ThreadPool>> steps;
};

/// All networks of a program, for one architecture.
struct CompiledNetworks {
    const char* architecture;
    std::span<const CompiledForward> forwards;
    Machine (*measure_machine)();
};

/// Those of the chosen architecture. Throws octet::Error when OCTET_ARCH names one that cannot be had. CMake's
/// octet_add_networks defines it, once in a program.
const CompiledNetworks& compiled_networks();

namespace detail {

// The name of a forward pass, the same in every file that one compiler compiles.
template <class Form, class Numerics, class Kernels>
constexpr std::string_view forward_name() {
    return __PRETTY_FUNCTION__;
}

inline const CompiledForward& find_forward(const CompiledNetworks& networks, std::string_view name) {
    for (const CompiledForward& f : networks.forwards)
        if (f.name == name) return f;
    throw Error("octet: this program's networks for " + std::string(networks.architecture) +
                " do not have the forward pass " + std::string(name) +
                ". List it as octet::Compiled<Net, QConfig> - with a kernel policy, CompiledWith - in the source of "
                "octet_add_networks.");
}

}  // namespace detail

template <class Form, class Numerics, class Kernels>
struct Forward<Form, Numerics, arch::chosen, Kernels> : ForwardForm<Form, Numerics> {
    using architecture = arch::chosen;
    using default_executor = ThreadPool;

    static constexpr std::size_t arena_bytes = std::dynamic_extent, parameter_bytes = std::dynamic_extent;

    static const ForwardTables& tables() { return compiled().tables; }
    static const ValuePlace& value_place(int i) { return tables().values[std::size_t(i)]; }
    template <Executor E>
    static std::span<const Step<ThreadPool>> steps() {
        static_assert(std::is_same_v<E, ThreadPool>,
                      "octet: a model of arch::chosen runs on an octet::ThreadPool; ThreadPool(1) is the calling "
                      "thread alone");
        return compiled().steps;
    }

private:
    static const CompiledForward& compiled() {
        static const CompiledForward& found =
            detail::find_forward(compiled_networks(), detail::forward_name<Form, Numerics, Kernels>());
        return found;
    }
};

template <>
inline Machine measure_machine<arch::chosen>() {
    return compiled_networks().measure_machine();
}

}  // namespace octet
