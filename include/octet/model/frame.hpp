// What a forward pass is given, and where it finds the parameters of its layers.
#pragma once

#include <cstddef>

#include "../core/qparams.hpp"
#include "../graph/memory_plan.hpp"
#include "../kernels/conv2d/weights.hpp"

namespace octet {

/// What a step works on. The image is contiguous HWC float; `qparams` is by observer, and unused in float.
struct Frame {
    const float* image;
    std::byte* arena;
    const std::byte* parameters;
    const QParams* qparams = nullptr;
    int item = 0;    ///< which image of a batch it is, or the first of those below
    int images = 1;  ///< how many of a batch a step that takes all together computes
};

/// A value in the arena: how it lies there and where, uint8_t or float, and whose scale and zero point it has.
struct ValuePlace {
    Layout layout{};
    std::size_t offset = 0, stride = 0;  ///< bytes: of the first image's, and from one image's to the next
    bool quantized = false;
    int observer = -1;
    int layer = -1;  ///< the fused layer it belongs to; -1: octet placed it, around a float island

    /// Its first gap.
    template <class T>
    T* in(const Frame& f) const {
        return reinterpret_cast<T*>(f.arena + offset + std::size_t(f.item) * stride);
    }
};

/// What a layer of a numerics policy may keep in its Output.
inline constexpr std::size_t most_output_bytes = 64;

/// Where the parameters of one layer lie in the parameter block, in bytes. Float layers have weights and bias only.
struct LayerParameters {
    kernels::WeightLayout layout{};
    kernels::Int8Packing packing{};  ///< of int8 layers
    int input_offset = 0;            ///< the kernel reads x - input_offset
    std::size_t weights = 0;         ///< packed
    std::size_t bias = 0;            ///< f32 [channels]; of float layers [padded channels]
    std::size_t weight_scale = 0;    ///< f32 [channels], or one
    std::size_t zero_terms = 0;      ///< s32 [window rows][runs][padded channels]: (input_offset - z_x) * sum of w
    std::size_t channel_bias = 0;    ///< [padded channels], the numerics' Channel::bias
    std::size_t output = 0;          ///< the numerics' Output
    std::size_t multiplier = 0;      ///< f32 [padded channels], the numerics' Channel::multiplier
};

}  // namespace octet
