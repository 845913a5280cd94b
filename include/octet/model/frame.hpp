// What a forward pass is given, and where it finds the parameters of its layers.
#pragma once

#include <cstddef>

#include "../core/qparams.hpp"
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

/// Where the parameters of one layer lie in the parameter block, in bytes. Float layers have weights and bias only.
struct LayerParameters {
    kernels::WeightLayout layout{};
    kernels::Int8Packing packing{};  ///< of int8 layers
    int input_offset = 0;            ///< the kernel reads x - input_offset
    std::size_t weights = 0;         ///< packed
    std::size_t bias = 0;            ///< f32 [channels]; of float layers [padded channels]
    std::size_t weight_scale = 0;    ///< f32 [channels], or one
    std::size_t zero_terms = 0;      ///< s32 [window rows][padded channels]: (input_offset - z_x) * sum of weights
    std::size_t channel_bias = 0;    ///< [padded channels], the numerics' Channel::bias
    std::size_t output = 0;          ///< the numerics' Output
    std::size_t multiplier = 0;      ///< f32 [padded channels], the numerics' Channel::multiplier
};

}  // namespace octet
