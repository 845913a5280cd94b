// One forward pass: the steps of a network, one after the other. Also tables of the same steps, for those who
// want to stop between them: calibration, comparison layer by layer, profiling.
#pragma once

#include <array>
#include <span>
#include <utility>

#include "../core/block.hpp"
#include "executor.hpp"
#include "forward.hpp"

namespace octet {

/// Runs all steps of a Forward.
template <class Forward, Executor E>
void run_steps(const Frame& frame, E& executor) {
    for (const auto& step : Forward::template steps<E>()) step(frame, executor);
}

namespace detail {
// The steps up to node `cut` image by image, the others node by node.
template <class E>
void run_batch(std::span<const Step<E>> steps, std::size_t cut, Frame frame, std::span<const float* const> images,
               E& executor) {
    const int count = int(images.size());
    for (frame.item = 0; frame.item < count; ++frame.item) {
        frame.image = images[std::size_t(frame.item)];
        for (const Step<E>& step : steps.first(cut + 1)) step(frame, executor);
    }
    for (const Step<E>& step : steps.subspan(cut + 1)) {
        frame.images = step.together ? count : 1;
        for (frame.item = 0; frame.item < count; frame.item += frame.images) step(frame, executor);
    }
}
}  // namespace detail

/// Runs all steps of a Forward for several images, at most as many as its batch has.
template <class Forward, Executor E>
void run_batch(const Frame& frame, std::span<const float* const> images, E& executor) {
    const Batch batch = Forward::tables().batch;
    const int cut = batch.images == 1 ? Forward::graph.count - 1 : batch.cut;
    detail::run_batch(Forward::template steps<E>(), std::size_t(cut), frame, images, executor);
}

/// A forward pass as tables, so that what walks over it node by node is compiled once for all networks.
template <class E>
struct StepList {
    std::span<const Step<E>> steps;
    std::span<const ValuePlace> values;
    void (*read)(const Frame&, const ValuePlace&, float*);  ///< a value as real numbers, contiguous HWC
};
template <class Forward, Executor E>
StepList<E> step_list() {
    return {Forward::template steps<E>(), Forward::tables().values, &detail::read_value<typename Forward::numerics>};
}

/// The memory one forward pass needs besides weights and arguments. A model has one; give each thread its
/// own to run the same model several times at once.
template <class Forward>
struct Workspace {
    Block arena{Forward::tables().arena_bytes};
};

}  // namespace octet
