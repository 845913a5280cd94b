// The main() of a program made by octet_add_multiarch_executable (see OctetMultiArch.cmake): it picks the
// best of the copies in it that this machine can run, or the one that the environment variable OCTET_ARCH
// names. Compiled for the baseline, as the only file of the program that is not in a copy.
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {
using Initialiser = void (*)(int, char**, char**);
}

// What the linker knows of each copy; weak, since a program need not have every copy, nor a copy static
// initialisers. `__start_` and `__stop_` are the linker's bounds of a section.
extern "C" {
[[gnu::weak]] int octet_main_avx512vnni(int, char**);
[[gnu::weak]] int octet_main_neon_dot(int, char**);
[[gnu::weak]] int octet_main_avxvnni(int, char**);
[[gnu::weak]] int octet_main_avx2(int, char**);
[[gnu::weak]] int octet_main_generic(int, char**);
[[gnu::weak]] extern const Initialiser __start_octet_init_avx512vnni[], __stop_octet_init_avx512vnni[];
[[gnu::weak]] extern const Initialiser __start_octet_init_neon_dot[], __stop_octet_init_neon_dot[];
[[gnu::weak]] extern const Initialiser __start_octet_init_avxvnni[], __stop_octet_init_avxvnni[];
[[gnu::weak]] extern const Initialiser __start_octet_init_avx2[], __stop_octet_init_avx2[];
[[gnu::weak]] extern const Initialiser __start_octet_init_generic[], __stop_octet_init_generic[];
extern char** environ;
}

namespace {

struct Copy {
    const char* name;
    bool runs_here;
    int (*main)(int, char**);
    const Initialiser* first_initialiser;
    const Initialiser* past_initialisers;

    bool usable() const { return main != nullptr && runs_here; }

    int run(int argc, char** argv) const {
        // Counted as integers: the compiler may take two external arrays for different ones.
        const auto bytes =
            reinterpret_cast<std::uintptr_t>(past_initialisers) - reinterpret_cast<std::uintptr_t>(first_initialiser);
        for (std::size_t i = 0; i < bytes / sizeof(Initialiser); ++i) first_initialiser[i](argc, argv, environ);
        return main(argc, argv);
    }
};

#if defined(__x86_64__)
// xsimd asks the processor, __builtin_cpu_supports also asks whether the system saves the registers; and
// VNNI is not in xsimd's list.
const auto cpu = xsimd::available_architectures();

bool has_avx2() {
    return cpu.avx2 && cpu.fma3_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}

// Asked of the processor: clang 14 does not know the name. What it needs of the system, AVX2 needs, too.
bool has_avxvnni() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1u << 4) != 0;
}

bool has_avx512vnni() {
    return has_avx2() && cpu.avx512f && cpu.avx512cd && cpu.avx512dq && cpu.avx512bw &&
           __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}
#else
bool has_avx2() { return false; }
bool has_avxvnni() { return false; }
bool has_avx512vnni() { return false; }
#endif

#if defined(__aarch64__)
bool has_neon_dot() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#else
bool has_neon_dot() { return false; }
#endif

}  // namespace

int main(int argc, char** argv) {
    const Copy best_first[] = {
        {"neon_dot", has_neon_dot(), octet_main_neon_dot, __start_octet_init_neon_dot, __stop_octet_init_neon_dot},
        {"avx512vnni", has_avx512vnni(), octet_main_avx512vnni, __start_octet_init_avx512vnni,
         __stop_octet_init_avx512vnni},
        {"avxvnni", has_avxvnni(), octet_main_avxvnni, __start_octet_init_avxvnni, __stop_octet_init_avxvnni},
        {"avx2", has_avx2(), octet_main_avx2, __start_octet_init_avx2, __stop_octet_init_avx2},
        {"generic", true, octet_main_generic, __start_octet_init_generic, __stop_octet_init_generic},
    };
    const char* wanted = std::getenv("OCTET_ARCH");
    if (wanted != nullptr && *wanted == '\0') wanted = nullptr;

    for (const Copy& copy : best_first)
        if (copy.usable() && (wanted == nullptr || std::strcmp(wanted, copy.name) == 0)) return copy.run(argc, argv);

    std::fprintf(stderr, "%s: ", argc > 0 ? argv[0] : "octet");
    if (wanted != nullptr) std::fprintf(stderr, "OCTET_ARCH=%s cannot be had. ", wanted);
    std::fprintf(stderr, "This program is built for, and this machine can run:");
    for (const Copy& copy : best_first)
        if (copy.usable()) std::fprintf(stderr, " %s", copy.name);
    std::fprintf(stderr, "\n");
    return 2;
}
