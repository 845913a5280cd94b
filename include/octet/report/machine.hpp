// What this machine can do on one thread, measured where the network runs: peaks of the dots that kernels are made of,
// and how fast memory is read. The best of many short runs counts, since other programs only ever make a run slower.
//
//     peak      = dots of a full register tile, operands at hand
//     bandwidth = a sum over a buffer: half of L2, a quarter of L3, twice L3
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

#include "../kernels/arch.hpp"
#include "roofline.hpp"

namespace octet {

namespace detail {

/// Seconds of the fastest call of `f`; three calls at least, then until `seconds` are used up.
inline double fastest(double seconds, const std::function<void()>& f) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    double least = std::numeric_limits<double>::max();
    const auto begin = Clock::now();
    for (int call = 0; call < 3 || since(begin) < seconds; ++call) {
        const auto start = Clock::now();
        f();
        least = std::min(least, since(start));
    }
    return std::max(least, 1e-9);
}

/// `steps` steps of a tile whose pixels stay in registers, while vectors of weights are loaded. The empty statements
/// say that operands may be others at each step, and that somebody looks at the sums, so that no dot can be left out.
template <class Dot, int Pixels, int Vectors>
[[gnu::noinline]] void run_dots(int steps) {
    const typename Dot::input input[Dot::unit]{};
    const typename Dot::weight weight[Dot::lanes * Dot::unit]{};
    typename Dot::activations loaded[Pixels], x[Pixels];
    typename Dot::weights w[Vectors];
    typename Dot::accumulator acc[Vectors][Pixels], sums[Vectors][Pixels];
    for (auto& a : loaded) a = Dot::broadcast(input);
    for (auto& b : w) b = Dot::load(weight);
    asm volatile("" : "+m"(loaded));
#pragma GCC unroll 4
    for (int p = 0; p < Pixels; ++p) {
        x[p] = loaded[p];
#pragma GCC unroll 32
        for (int v = 0; v < Vectors; ++v) acc[v][p] = {};
    }
#pragma GCC unroll 1
    for (int step = 0; step < steps; ++step) {
        asm volatile("" : "+m"(w));
#pragma GCC unroll 32
        for (int v = 0; v < Vectors; ++v)
#pragma GCC unroll 4
            for (int p = 0; p < Pixels; ++p) acc[v][p] = Dot::dot(acc[v][p], x[p], w[v]);
    }
#pragma GCC unroll 32
    for (int v = 0; v < Vectors; ++v)
#pragma GCC unroll 4
        for (int p = 0; p < Pixels; ++p) sums[v][p] = acc[v][p];
    asm volatile("" : : "m"(sums));
}

/// 10^9 multiply-accumulates per second, with the best of three tiles: what limits them depends on the architecture.
template <class Dot>
double peak_gmacs() {
    constexpr int steps = 1 << 15;                                                         // some 100 us
    constexpr int n = std::max({Dot::pixels(1), 2 * Dot::pixels(2), 4 * Dot::pixels(4)});  // accumulators
    const auto gmacs = [](int accumulators, void (*run)(int)) {
        return double(steps) * accumulators * Dot::lanes * Dot::unit / fastest(0.02, [&] { run(steps); }) / 1e9;
    };
    return std::max({gmacs(n, run_dots<Dot, 1, n>), gmacs(n / 2 * 2, run_dots<Dot, 2, n / 2>),
                     gmacs(n / 4 * 4, run_dots<Dot, 4, n / 4>)});
}

/// Reads `count` integers, a multiple of eight vectors.
template <class V>
[[gnu::noinline]] void read_all(const std::int32_t* p, std::size_t count) {
    constexpr int n = 8;
    typename V::i32 acc[n], sums[n];
#pragma GCC unroll 8
    for (int k = 0; k < n; ++k) acc[k] = V::set(std::int32_t(0));
    for (std::size_t i = 0; i < count; i += n * V::lanes)
#pragma GCC unroll 8
        for (int k = 0; k < n; ++k) acc[k] = V::add(acc[k], V::load(p + i + std::size_t(k * V::lanes)));
#pragma GCC unroll 8
    for (int k = 0; k < n; ++k) sums[k] = acc[k];
    asm volatile("" : : "m"(sums));
}

/// 10^9 bytes per second, read again and again from a buffer of about `bytes`.
template <class V>
double read_gb_per_s(std::uint64_t bytes) {
    const std::size_t count = std::size_t(bytes / 4) & ~std::size_t(1023);
    const std::vector<std::int32_t> buffer(count, 1);  // written, or it would be one page of zeros
    const std::size_t passes = 1 + (1 << 21) / count;  // a run that a clock can time
    const double seconds = fastest(0.03, [&] {
        for (std::size_t pass = 0; pass < passes; ++pass) read_all<V>(buffer.data(), count);
    });
    return 4.0 * double(count) * double(passes) / seconds / 1e9;
}

/// Bytes of the cache of a level that the first core sees; `otherwise` where the system does not tell.
inline std::uint64_t cache_bytes(int level, std::uint64_t otherwise) {
    for (int i = 0; i < 8; ++i) {  // Linux; sysconf there may add up the caches of all cores
        const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
        int found = 0;
        std::string type, unit;
        std::uint64_t size = 0;
        std::ifstream(folder + "level") >> found;
        std::ifstream(folder + "type") >> type;
        std::ifstream(folder + "size") >> size >> unit;
        if (found == level && type != "Instruction" && size > 0)
            return size * (unit == "K" ? 1024u : unit == "M" ? 1024u * 1024u : 1u);
    }
    long size = 0;
#if defined(_SC_LEVEL2_CACHE_SIZE) && defined(_SC_LEVEL3_CACHE_SIZE)
    size = ::sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
#endif
    return size > 0 ? std::uint64_t(size) : otherwise;
}

}  // namespace detail

/// Measures this machine with the instructions of `Arch`, on the calling thread: about a quarter of a second, and up to
/// 256 MiB of memory meanwhile.
template <class Arch = arch::best>
Machine measure_machine() {
    constexpr std::uint64_t mib = 1024 * 1024;
    const std::uint64_t l2 = detail::cache_bytes(2, mib / 2), l3 = detail::cache_bytes(3, 16 * mib);
    const auto bandwidth = [](std::uint64_t bytes) { return detail::read_gb_per_s<typename Arch::vector>(bytes); };
    Machine m;
    m.int8_gmacs = detail::peak_gmacs<typename Arch::int8_dot>();
    m.float_gmacs = detail::peak_gmacs<typename Arch::float_dot>();
    m.memory[0] = {l2, bandwidth(std::clamp(l2 / 2, mib / 8, 4 * mib))};
    m.memory[1] = {l3, bandwidth(std::clamp(l3 / 4, std::min(2 * l2, 32 * mib), 32 * mib))};
    m.memory[2].gb_per_s = bandwidth(std::clamp(2 * l3, 64 * mib, 256 * mib));
    return m;
}

}  // namespace octet
