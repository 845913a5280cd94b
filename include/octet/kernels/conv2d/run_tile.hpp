// The register tile: where a network spends its time. All accumulators stay in registers over all steps; a step loads
// one unit of weights of every channel and broadcasts one unit of input of every pixel.
#pragma once

#include <cstddef>
#include <utility>

#include "columns.hpp"
#include "tile.hpp"

namespace octet::kernels::detail {

// How a tile walks over its input, in elements: a row has `runs` of `steps` units that follow each other.
struct TileWalk {
    std::ptrdiff_t pixel, run, row;  // from one to the next
    int runs, steps;
    friend constexpr bool operator==(const TileWalk&, const TileWalk&) = default;
};

// One run of a tile, for pixels [First, Last).
template <TileWalk W, class Dot, Tile T, int First, int Last>
[[gnu::always_inline]] inline void run_steps(typename Dot::accumulator (&acc)[T.pixels][T.vectors],
                                             const typename Dot::input* in, const typename Dot::weight*& weights) {
    constexpr int vector = Dot::lanes * Dot::unit;  // weights
    constexpr int loaded = T.vectors - in_memory<Dot>(T.vectors);
    static_assert(T.vectors - loaded <= 1);
#pragma GCC unroll 1
    for (int step = 0; step < W.steps; ++step, in += Dot::unit, weights += T.vectors * vector) {
        typename Dot::weights w[loaded];
#pragma GCC unroll 4
        for (int v = 0; v < loaded; ++v) w[v] = Dot::load(weights + v * vector);
#pragma GCC unroll 16
        for (int p = First; p < Last; ++p) {
            const auto a = Dot::broadcast(in + p * W.pixel);
#pragma GCC unroll 4
            for (int v = 0; v < loaded; ++v) acc[p][v] = Dot::dot(acc[p][v], a, w[v]);
            if constexpr (loaded < T.vectors) acc[p][loaded] = Dot::dot(acc[p][loaded], a, weights + loaded * vector);
        }
    }
}

// All columns of a row, each for the pixels that read it. (Not a lambda, which clang would not inline.)
template <TileWalk W, class Dot, Tile T, TileColumns C, int... K>
[[gnu::always_inline]] inline void run_columns(typename Dot::accumulator (&acc)[T.pixels][T.vectors],
                                               const typename Dot::input* input, const typename Dot::weight*& weights,
                                               std::integer_sequence<int, K...>) {
    (run_steps<W, Dot, T, C.first(K), C.last(K, T.pixels)>(acc, input + K * W.run, weights), ...);
}

// sums[pixel][channel] = start[channel] + sum over rows, runs and steps of dots. `weights` are in the order of the
// steps. With a `pitch` each pixel has a start of its own, that far behind the last one's.
template <TileWalk W, class Dot, Tile T, TileColumns C = TileColumns{}>
[[gnu::noinline]] void run_tile(const typename Dot::input* input, const typename Dot::weight* weights, int rows,
                                const typename Dot::sum* start, typename Dot::sum* sums, std::ptrdiff_t pitch = 0) {
    using V = typename Dot::V;
    typename Dot::accumulator acc[T.pixels][T.vectors];
#pragma GCC unroll 16
    for (int p = 0; p < T.pixels; ++p)
#pragma GCC unroll 4
        for (int v = 0; v < T.vectors; ++v) acc[p][v] = V::load(start + p * pitch + v * Dot::lanes);
    for (int row = 0; row < rows; ++row, input += W.row) {
        if constexpr (C == TileColumns{}) {
            for (int run = 0; run < W.runs; ++run) run_steps<W, Dot, T, 0, T.pixels>(acc, input + run * W.run, weights);
        } else {
            run_columns<W, Dot, T, C>(acc, input, weights, std::make_integer_sequence<int, W.runs>{});
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < T.pixels; ++p)
#pragma GCC unroll 4
        for (int v = 0; v < T.vectors; ++v) V::store(sums + (p * T.vectors + v) * Dot::lanes, acc[p][v]);
}

}  // namespace octet::kernels::detail
