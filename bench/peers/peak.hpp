// What this machine can do at most: dot products of an architecture on registers alone, without a load or a store.
// A core does no more of octet's multiplications than this; what a network falls short of it, it lost on the way.
// (Algorithms that multiply less than the definition of a convolution, such as Winograd's, can still seem to exceed
// it.)
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <octet/kernels/arch.hpp>
#include <octet/model/thread_pool.hpp>
#include <string_view>

namespace peers {

/// The instructions behind the int8 dot of an architecture, for people.
constexpr std::string_view int8_instruction(std::string_view arch) {
    return arch.starts_with("avx512vnni") || arch.starts_with("avxvnni") ? "vpdpbusd"
           : arch.starts_with("avx2")                                    ? "vpmaddwd, vpaddd"
           : arch == "neon_dot"                                          ? "sdot"
           : arch == "neon"                                              ? "smull, sadalp"
                                                                         : "float products";
}

/// Whether that is one instruction made for it.
constexpr bool has_int8_instruction(std::string_view arch) { return arch.ends_with("vnni") || arch == "neon_dot"; }

namespace detail {

/// Hides from the compiler what a register holds, so that it cannot compute with it in advance.
template <class Register>
void hide(Register& r) {
#if defined(__aarch64__)
    asm volatile("" : "+w"(r));
#elif defined(__x86_64__)
    asm volatile("" : "+x"(r));
#else
    asm volatile("" : "+m"(r));
#endif
}

/// The same for operands made of several registers.
template <class Register, class Operand>
void hide_all(Operand& operand) {
    static_assert(sizeof(Operand) % sizeof(Register) == 0);
    auto registers = std::bit_cast<std::array<Register, sizeof(Operand) / sizeof(Register)>>(operand);
    for (Register& r : registers) hide(r);
    operand = std::bit_cast<Operand>(registers);
}

}  // namespace detail

/// Dot products in one call of `spin`, by one thread.
inline constexpr std::int64_t dots_per_spin = 12'000'000;

/// Multiplications and additions in one call of `spin`, by one thread.
template <class Dot>
constexpr double macs_per_spin() {
    return double(dots_per_spin) * Dot::lanes * Dot::unit;
}

/// Does `dots_per_spin` dot products on registers. Returns something that depends on all of them.
template <class Dot>
float spin() {
    using Register = typename Dot::accumulator::register_type;
    // Enough sums to hide the latency of one, few enough that all operands find registers.
    constexpr int sums = sizeof(typename Dot::weights) == sizeof(Register) ? 12 : 6;
    std::array<typename Dot::input, Dot::unit> input;
    std::array<typename Dot::weight, std::size_t(Dot::unit * Dot::lanes)> weight;
    input.fill(1);
    weight.fill(1);
    auto x = Dot::broadcast(input.data());
    auto w = Dot::load(weight.data());
    std::array<typename Dot::accumulator, sums> sum;
    sum.fill(typename Dot::accumulator(0));
    for (std::int64_t i = 0; i < dots_per_spin / sums; ++i) {
        for (auto& s : sum) {
            detail::hide_all<Register>(x);  // else parts of the product would be computed once for all sums
            s = Dot::dot(s, x, w);
        }
    }
    for (int i = 1; i < sums; ++i) sum[0] = sum[0] + sum[std::size_t(i)];
    return float(sum[0].get(0));
}

/// What `spin` returns: each of the machine's dot products added `unit` ones. (Float sums of this size are exact.)
template <class Dot>
constexpr float spin_result() {
    return float(dots_per_spin * Dot::unit);
}

/// `spin` on each thread of `pool`; whether all were right.
template <class Dot>
bool spin_on(octet::ThreadPool& pool) {
    std::atomic<bool> right{true};
    pool.for_each(pool.threads(), [&](int begin, int end) {
        for (int i = begin; i < end; ++i)
            if (spin<Dot>() != spin_result<Dot>()) right = false;
    });
    return right;
}

}  // namespace peers
