// The main() of a program made by octet_add_multiarch_executable (see OctetMultiArch.cmake): it runs the best of the
// copies in it. Compiled for the baseline, as the only file of the program that is not in a copy.
#include "multiarch_copies.hpp"

#include <cstdio>

using octet_multiarch::Initialiser;

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
}

int main(int argc, char** argv) {
    using Copy = octet_multiarch::Copy<int (*)(int, char**)>;
    const Copy best_first[] = {
        {"neon_dot", octet_main_neon_dot, __start_octet_init_neon_dot, __stop_octet_init_neon_dot},
        {"avx512vnni", octet_main_avx512vnni, __start_octet_init_avx512vnni, __stop_octet_init_avx512vnni},
        {"avxvnni", octet_main_avxvnni, __start_octet_init_avxvnni, __stop_octet_init_avxvnni},
        {"avx2", octet_main_avx2, __start_octet_init_avx2, __stop_octet_init_avx2},
        {"generic", octet_main_generic, __start_octet_init_generic, __stop_octet_init_generic},
    };
    std::string why;
    if (const Copy* copy = octet_multiarch::choose<int (*)(int, char**)>(best_first, why)) {
        copy->initialise(argc, argv);
        return copy->entry(argc, argv);
    }
    std::fprintf(stderr, "%s: %s\n", argc > 0 ? argv[0] : "octet", why.c_str());
    return 2;
}
