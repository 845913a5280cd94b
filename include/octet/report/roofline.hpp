// What a layer could do at best on a machine, and what keeps it from being faster. It must multiply, and its operands
// must come from somewhere; whatever takes longer is its bound (the roofline model):
//
//     compute     = MACs * multiplications / peak of the machine's dots
//     weights     = bytes of packed weights / bandwidth of the level that holds the weights of the whole network
//     activations = bytes of inputs and output / bandwidth of the level that holds these and the layer's scratch memory
//     at best     = max( compute, weights + activations )
//
// The whole network's weights, since between two uses of one layer's all the others pass through the cache. Activations
// were written a moment ago. The first level of the cache is not counted: nothing of a network stays in that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace octet {

/// What bounds a layer: multiplying, or reading from a level of the memory.
enum class Bound : std::uint8_t { compute, l2, l3, dram };

/// "compute", "L2", "L3" or "DRAM".
constexpr const char* bound_name(Bound bound) {
    constexpr const char* names[] = {"compute", "L2", "L3", "DRAM"};
    return names[std::size_t(bound)];
}

/// One level of the memory.
struct MemoryLevel {
    std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  ///< what fits
    double gb_per_s = 0;                                              ///< read by one thread
};

/// What one thread of a machine can do; machine.hpp measures it.
struct Machine {
    double int8_gmacs = 0;                ///< peak of int8 dots, in 10^9 multiply-accumulates per second
    double float_gmacs = 0;               ///< peak of float dots
    std::array<MemoryLevel, 3> memory{};  ///< L2, L3, DRAM

    double peak(bool int8) const { return int8 ? int8_gmacs : float_gmacs; }
    /// The level in which `bytes` fit.
    Bound level(std::uint64_t bytes) const {
        return bytes <= memory[0].bytes ? Bound::l2 : bytes <= memory[1].bytes ? Bound::l3 : Bound::dram;
    }
    /// Microseconds in which `bytes` are read from a level.
    double read_us(std::uint64_t bytes, Bound from) const {
        return double(bytes) / (memory[std::size_t(from) - 1].gb_per_s * 1e3);
    }
};

/// What there is to do in one layer.
struct LayerWork {
    bool int8 = true;
    std::uint64_t macs = 0;              ///< nominal: those of the definition, whatever the algorithm
    double multiplications = 1;          ///< dots per dot of the direct convolution, in their time
    std::uint64_t weight_bytes = 0;      ///< packed
    std::uint64_t activation_bytes = 0;  ///< inputs (also a residual's) and output
    std::uint64_t scratch_bytes = 0;     ///< of one thread
};

/// The least time a layer can take, and why.
struct Roofline {
    double us = 0;
    Bound bound = Bound::compute;
};

/// The roofline of one layer in a network with `all_weights` bytes of packed weights.
inline Roofline roofline(const LayerWork& work, const Machine& machine, std::uint64_t all_weights) {
    const Bound of_weights = machine.level(all_weights);
    const Bound of_activations = machine.level(work.activation_bytes + work.scratch_bytes);
    const double compute =
        work.macs == 0 ? 0 : double(work.macs) * work.multiplications / (machine.peak(work.int8) * 1e3);
    const double weights = machine.read_us(work.weight_bytes, of_weights);
    const double activations = machine.read_us(work.activation_bytes, of_activations);
    if (compute >= weights + activations) return {compute, Bound::compute};
    return {weights + activations, weights > activations ? of_weights : of_activations};
}

/// One step of a forward pass: what it does, how long it takes, how long it would at best.
struct LayerProfile {
    std::string name{};       ///< as in the weight file
    std::string type{};       ///< as PyTorch names it, with what was fused: "Conv2d + AddReLU"
    std::string algorithm{};  ///< of a convolution: "direct", "depthwise", "winograd"
    LayerWork work{};
    double us = 0;  ///< median
    Roofline best{};

    /// 10^9 nominal multiply-accumulates per second.
    double gmacs() const { return double(work.macs) / (us * 1e3); }
    /// Share of the machine's peak. Winograd, which multiplies less, can be above 1.
    double of_peak(const Machine& machine) const { return gmacs() / machine.peak(work.int8); }
};

/// A forward pass on one thread, step by step.
struct Profile {
    Machine machine{};
    std::vector<LayerProfile> layers{};

    /// All steps together; its scratch memory is the largest of any. (Its bound says nothing.)
    LayerProfile total() const {
        LayerProfile sum{.name = "all layers"};
        for (const LayerProfile& layer : layers) {
            sum.work.macs += layer.work.macs;
            sum.work.weight_bytes += layer.work.weight_bytes;
            sum.work.activation_bytes += layer.work.activation_bytes;
            sum.work.scratch_bytes = std::max(sum.work.scratch_bytes, layer.work.scratch_bytes);
            sum.us += layer.us;
            sum.best.us += layer.best.us;
        }
        return sum;
    }
};

}  // namespace octet
