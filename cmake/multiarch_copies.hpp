// The copies of some code in one program, each compiled for another architecture, and which of them this machine can
// run. See OctetMultiArch.cmake.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <xsimd/xsimd.hpp>

extern "C" {
extern char** environ;
}

namespace octet_multiarch {

using Initialiser = void (*)(int, char**, char**);

/// One copy. `entry`, of type `Function`, is what others see of it.
template <class Function>
struct Copy {
    const char* name;
    Function* entry;
    const Initialiser* first_initialiser;  ///< its static initialisers, which nobody has run yet
    const Initialiser* past_initialisers;

    void initialise(int argc, char** argv) const {
        // Counted as integers: the compiler may take two external arrays for different ones.
        const auto bytes =
            reinterpret_cast<std::uintptr_t>(past_initialisers) - reinterpret_cast<std::uintptr_t>(first_initialiser);
        for (std::size_t i = 0; i < bytes / sizeof(Initialiser); ++i) first_initialiser[i](argc, argv, environ);
    }
};

#if defined(__x86_64__)
// xsimd asks the processor, __builtin_cpu_supports also asks whether the system saves the registers; and
// VNNI is not in xsimd's list.
inline bool runs_here(std::string_view name) {
    const auto cpu = xsimd::available_architectures();
    const bool avx2 = cpu.avx2 && cpu.fma3_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi2");
    if (name == "avx2") return avx2;
    if (name == "avxvnni") {  // asked of the processor: clang 14 does not know the name
        unsigned a = 0, b = 0, c = 0, d = 0;
        return avx2 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1u << 4) != 0;
    }
    if (name == "avx512vnni")
        return avx2 && cpu.avx512f && cpu.avx512cd && cpu.avx512dq && cpu.avx512bw &&
               __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vnni");
    return name == "generic";
}
#elif defined(__aarch64__)
inline bool runs_here(std::string_view name) {
    return name == "generic" || (name == "neon_dot" && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0);
}
#else
inline bool runs_here(std::string_view name) { return name == "generic"; }
#endif

/// The first of `best_first` that runs here; the one that OCTET_ARCH names, where it is set. Null where there is none,
/// and then `why` says so.
template <class Function>
const Copy<Function>* choose(std::span<const Copy<Function>> best_first, std::string& why) {
    const char* wanted = std::getenv("OCTET_ARCH");
    if (wanted != nullptr && *wanted == '\0') wanted = nullptr;
    for (const Copy<Function>& copy : best_first)
        if (runs_here(copy.name) && (wanted == nullptr || std::strcmp(wanted, copy.name) == 0)) return &copy;
    if (wanted != nullptr) why = "OCTET_ARCH=" + std::string(wanted) + " cannot be had. ";
    why += "This program is built for, and this machine can run:";
    for (const Copy<Function>& copy : best_first)
        if (runs_here(copy.name)) why += " " + std::string(copy.name);
    return nullptr;
}

}  // namespace octet_multiarch
