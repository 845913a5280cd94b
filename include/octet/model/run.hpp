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

/// Runs all steps of a Forward. One function for all its callers.
template <class Forward, Executor E>
void run_steps(const Frame& frame, E& executor) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (Forward::template step<I>(frame, executor), ...); }
    (std::make_integer_sequence<int, Forward::graph.count>{});
}

/// Runs all steps of a Forward for several images, at most Forward::batch.images: those up to the cut image by image,
/// the others node by node.
template <class Forward, Executor E>
void run_batch(Frame frame, std::span<const float* const> images, E& executor) {
    constexpr int cut = Forward::batch.images == 1 ? Forward::graph.count - 1 : Forward::batch.cut;
    const auto step = [&]<int I>() { Forward::template step<I>(frame, executor); };
    for (frame.item = 0; frame.item < int(images.size()); ++frame.item) {
        frame.image = images[std::size_t(frame.item)];
        [&]<int... I>(std::integer_sequence<int, I...>) { (step.template operator()<I>(), ...); }
        (std::make_integer_sequence<int, cut + 1>{});
    }
    const auto behind_cut = [&]<int I>() {
        if constexpr (Forward::template together<I>()) {
            frame.item = 0;
            frame.images = int(images.size());
            Forward::template step<I>(frame, executor);
            frame.images = 1;
        } else {
            for (frame.item = 0; frame.item < int(images.size()); ++frame.item)
                Forward::template step<I>(frame, executor);
        }
    };
    [&]<int... I>(std::integer_sequence<int, I...>) { (behind_cut.template operator()<cut + 1 + I>(), ...); }
    (std::make_integer_sequence<int, Forward::graph.count - cut - 1>{});
}

/// The same steps as a table of functions, one for each node.
template <class Forward, Executor E>
inline constexpr auto step_table = []<int... I>(std::integer_sequence<int, I...>) {
    using Step = void (*)(const Frame&, E&);
    return std::array<Step, sizeof...(I)>{&Forward::template step<I, E>...};
}
(std::make_integer_sequence<int, Forward::graph.count>{});

/// A forward pass as tables, so that what walks over it node by node is compiled once for all networks.
template <class E>
struct StepList {
    using Step = void (*)(const Frame&, E&);

    std::span<const Step> steps;
    std::span<const ValuePlace> values;
    void (*read)(const Frame&, const ValuePlace&, float*);  ///< a value as real numbers, contiguous HWC
};
template <class Forward, Executor E>
constexpr StepList<E> step_list() {
    return {step_table<Forward, E>, Forward::values, &detail::read_value<typename Forward::numerics>};
}

/// The memory one forward pass needs besides weights and arguments. A model has one; give each thread its
/// own to run the same model several times at once.
template <class Forward>
struct Workspace {
    static constexpr std::size_t bytes = Forward::plan.bytes;
    Block<bytes> arena;
};

}  // namespace octet
