// Where the time of one image goes: every step of a model's forward pass timed on its own, many passes over, beside
// what the step could do at best (roofline.hpp).
//
//     const auto profile = octet::profile(int8, image.data(), octet::measure_machine());
//     std::cout << octet::to_text(profile);                                                     // profile_text.hpp
//
// The passes run as they always do, each step on what the one before it left in the caches; only a clock is read in
// between (some 30 ns). Everything but a table of constants is compiled once for all networks.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../model/run.hpp"
#include "latency.hpp"
#include "layer_text.hpp"
#include "roofline.hpp"

namespace octet {

/// How long to profile.
struct ProfileOptions {
    int warm_up = 3;         ///< passes before anything is counted
    int passes = 100;        ///< passes that are counted, at most
    double max_seconds = 1;  ///< stop earlier when this is used up (one pass is counted at least)
};

namespace detail {

// Of a float model, too, which has no scales.
template <class Model>
Frame frame_of(const Model& model, const float* image, std::byte* arena) {
    if constexpr (requires { model.frame(image, arena); })
        return model.frame(image, arena);
    else
        return {image, arena, model.parameters()};
}

// "ConvReLU2d + Clamp", "Conv2d + AddReLU".
inline std::string step_type(const Node& n) {
    std::string type = layer_type(n);
    if (n.clamped) type += " + Clamp";
    if (n.residual) type += n.residual_relu ? " + AddReLU" : " + Add";
    return type;
}

inline LayerProfile describe_step(GraphView g, std::span<const ValuePlace> values, const KernelFacts& facts, int i) {
    const auto bytes = [&](int node) {
        return values[std::size_t(node)].layout.extent() * (g[node].quantized ? 1 : sizeof(float));
    };
    LayerProfile layer{std::string(g[i].name.view()), step_type(g[i]), facts.algorithm};
    LayerWork& work = layer.work;
    work.int8 = g[i].quantized;
    work.macs = macs(g, i);
    work.multiplications = facts.multiplications;
    work.weight_bytes = facts.weight_bytes;
    work.scratch_bytes = facts.scratch_bytes;
    work.activation_bytes = bytes(i);
    for (const int input : g[i].inputs) work.activation_bytes += bytes(input);
    if (g[i].op == Op::input) work.activation_bytes += g[i].shape.size() * sizeof(float);  // the image
    return layer;
}

// Milliseconds of each of `count` steps in each pass.
inline std::vector<std::vector<double>> time_steps(int count, const std::function<void(int)>& step,
                                                   const ProfileOptions& options) {
    using Clock = std::chrono::steady_clock;
    std::vector<std::vector<double>> ms{std::size_t(count)};
    for (int pass = 0; pass < options.warm_up; ++pass)
        for (int i = 0; i < count; ++i) step(i);
    const auto begin = Clock::now();
    auto now = begin;
    for (int pass = 0;
         pass == 0 || (pass < options.passes && now - begin < std::chrono::duration<double>(options.max_seconds));
         ++pass) {
        now = Clock::now();
        for (int i = 0; i < count; ++i) {
            const auto start = now;
            step(i);
            now = Clock::now();
            ms[std::size_t(i)].push_back(std::chrono::duration<double, std::milli>(now - start).count());
        }
    }
    return ms;
}

inline Profile profile(GraphView g, std::span<const ValuePlace> values, std::span<const KernelFacts> facts,
                       const std::function<void(int)>& step, const Machine& machine, const ProfileOptions& options) {
    Profile p{machine, {}};
    std::uint64_t all_weights = 0;
    for (const KernelFacts& f : facts) all_weights += f.weight_bytes;
    std::vector<std::vector<double>> ms = time_steps(g.count, step, options);
    for (int i = 0; i < g.count; ++i) {
        LayerProfile layer = describe_step(g, values, facts[std::size_t(i)], i);
        layer.us = 1e3 * summarize_latency(std::move(ms[std::size_t(i)])).median_ms;
        layer.best = roofline(layer.work, machine, all_weights);
        p.layers.push_back(std::move(layer));
    }
    return p;
}

}  // namespace detail

/// Profiles `model`, of int8 or float, on `image` (contiguous HWC floats). `executor` is one of a single thread, as
/// `machine` is about one: Serial, or a ThreadPool(1) where a program has the network compiled for that already.
template <class Model, Executor E = typename Model::forward::default_executor>
Profile profile(const Model& model, const float* image, const Machine& machine, const ProfileOptions& options = {},
                E&& executor = one_thread<E>()) {
    using Forward = typename Model::forward;
    Workspace<Forward> workspace;
    const Frame frame = detail::frame_of(model, image, workspace.arena.data());
    const auto steps = Forward::template steps<std::remove_reference_t<E>>();
    return detail::profile(
        Forward::graph, Forward::tables().values, Forward::tables().facts,
        [&](int i) { steps[std::size_t(i)](frame, executor); }, machine, options);
}

}  // namespace octet
