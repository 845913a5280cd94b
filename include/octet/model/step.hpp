// A step of a forward pass: a function, and what it works on. Two steps of the same kind and shapes differ only in
// where their operands lie, so that is data, and one function serves both, in whatever network they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../graph/memory_plan.hpp"
#include "../kernels/pool/pool.hpp"
#include "frame.hpp"

namespace octet {

/// Where one step finds what it works on, in bytes from the beginnings of the arena and the parameters.
struct StepPlace {
    /// A value in the arena: of the first image, from one image's to the next, and whose scale and zero point it has.
    struct Value {
        std::uint32_t offset = 0, stride = 0;
        std::int32_t observer = -1;

        template <class T>
        T* in(const Frame& f) const {
            return reinterpret_cast<T*>(f.arena + offset + std::size_t(f.item) * stride);
        }
    };
    /// The parts of LayerParameters.
    struct Parameters {
        std::uint32_t weights = 0, bias = 0, multiplier = 0, zero_terms = 0, output = 0;
        std::int32_t padded = 0;
    };

    Value input{}, second{}, output{};  ///< second: of two operands, or the residual of a convolution
    std::int32_t own_observer = -1;     ///< of a convolution's result before a residual is added to it
    Parameters parameters{};
    std::uint32_t scratch = 0;
    float low = 0.0f, high = 0.0f;  ///< of a clamp, also of one that moved into a convolution
};

/// A node of a forward pass, ready to run: a function that does its work for all nodes like it, and what is this one's
/// own.
template <class E>
struct Step {
    using Function = void (*)(const Frame&, const StepPlace&, E&);

    Function function = nullptr;
    const StepPlace* place = nullptr;
    bool together = false;  ///< it takes all images of a batch together

    void operator()(const Frame& f, E& executor) const { function(f, *place, executor); }
};

/// All that the code of a step without weights depends on, but for the arithmetic.
struct StepSpec {
    Op op = Op::input;
    bool relu = false;  ///< behind an addition or a multiplication
    Layout input{}, second{}, output{};
    kernels::PoolSpec pool{};

    friend constexpr bool operator==(const StepSpec&, const StepSpec&) = default;
};

/// That of node `i`, of at most two operands.
constexpr StepSpec step_spec(GraphView g, const MemoryPlan& plan, int i) {
    const Node& n = g[i];
    StepSpec s{n.op, (n.op == Op::add || n.op == Op::mul) && n.relu};
    if (n.inputs.count > 0) s.input = plan.layout[std::size_t(n.inputs[0])];
    if (n.inputs.count > 1) s.second = plan.layout[std::size_t(n.inputs[1])];
    s.output = plan.layout[std::size_t(i)];
    if (n.op == Op::max_pool || n.op == Op::avg_pool || n.op == Op::adaptive_avg_pool)
        s.pool = kernels::pool_spec(g, plan, i);
    return s;
}

}  // namespace octet
