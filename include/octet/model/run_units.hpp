// All units of a kernel, by an executor, each call with scratch memory of its own.
#pragma once

#include <cstddef>

#include "../kernels/conv2d/tile_epilogue.hpp"
#include "executor.hpp"
#include "thread_scratch.hpp"

namespace octet {

namespace detail {
template <class Kernel>
constexpr int units_of(int images) {
    if constexpr (requires { Kernel::images; })
        return Kernel::units_of(images);
    else
        return Kernel::units;
}

// Units [begin, end). Apart from run_units, so that a kernel is compiled once whatever runs it.
template <class Kernel, class Input, class Sum>
[[gnu::noinline]] void run_range(const Input* input, const typename Kernel::Weight* weights,
                                 const kernels::TileEpilogue<Sum>& epilogue, int begin, int end, std::byte* scratch,
                                 int images) {
    if constexpr (requires { Kernel::images; })
        Kernel::run(input, weights, epilogue, begin, end, scratch, images);
    else
        Kernel::run(input, weights, epilogue, begin, end, scratch);
}
}  // namespace detail

/// Runs all units of `Kernel`, an algorithm of kernels/conv2d/conv2d.hpp. `scratch` is part of the arena; other threads
/// than the caller's have their own.
template <class Kernel, class E, class Input, class Sum>
[[gnu::noinline]] void run_units(E& executor, const Input* input, const typename Kernel::Weight* weights,
                                 const kernels::TileEpilogue<Sum>& epilogue, std::byte* scratch, int images = 1) {
    executor.for_each(detail::units_of<Kernel>(images), [&](int begin, int end) {
        std::byte* own = scratch;
        if constexpr (Kernel::scratch_bytes > 0 && !SerialExecutor<E>) own = detail::ThreadScratch::of<Kernel>();
        detail::run_range<Kernel>(input, weights, epilogue, begin, end, own, images);
    });
}

}  // namespace octet
