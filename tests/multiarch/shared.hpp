// What both files of the test program compile, and each copy of the program with other instructions:
// an inline function and a template that a linker would otherwise merge across copies.
#pragma once

#include <string>
#include <vector>

#if defined(__AVX512VNNI__)
inline constexpr const char* compiled_for = "avx512vnni";
#elif defined(__AVXVNNI__)
inline constexpr const char* compiled_for = "avxvnni";
#elif defined(__AVX2__)
inline constexpr const char* compiled_for = "avx2";
#elif defined(__ARM_FEATURE_DOTPROD)
inline constexpr const char* compiled_for = "neon_dot";
#else
inline constexpr const char* compiled_for = "generic";
#endif

/// Not inlined, so that each copy of the program must have one of its own.
[[gnu::noinline]] inline std::string arch_of_inline_function() { return compiled_for; }

template <class T>
struct Counter {
    static inline int count = 0;
    static T& instance() {
        static T value{};
        ++count;
        return value;
    }
};

/// Where static initialisers leave their traces, in order.
std::vector<std::string>& trace();

struct Base {
    virtual ~Base() = default;
    virtual std::string name() const { return "base"; }
};

struct Derived : Base {
    std::string name() const override { return "derived of " + arch_of_inline_function(); }
};

struct Failure {
    std::string arch;
};

Base& make_derived();
std::string arch_seen_elsewhere();
[[noreturn]] void fail();
