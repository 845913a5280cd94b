// Batch norms folded into the convolutions before them, in PyTorch's float32 arithmetic:
//
//     r = f(1 / f(sqrt(f(var + eps))));    W' = W f(gamma r);    b' = f(f(f(f(b - mean) r) gamma) + beta)
//
// and weights turned from PyTorch's order, [out, in, h, w], into octet's, [out, h, w, in].
#pragma once

#include <cmath>
#include <span>

#include "../graph/tensor_list.hpp"

namespace octet {

/// The tensors of a float network, as `slots` and `first` of its TensorList say.
struct FloatTensors {
    GraphView written;
    GraphView fused;
    std::span<const TensorSlot> slots;
    std::span<const int> first;
    const float* floats;
};

/// Folds fused layer `layer`.
inline void fold_layer(const FloatTensors& tensors, int layer, std::span<float> weight, std::span<float> bias) {
    const GraphView fused = tensors.fused;
    const Node& n = fused[layer];
    const auto tensor = [&](int node, int k) {
        return tensors.floats + tensors.slots[std::size_t(tensors.first[std::size_t(node)] + k)].offset;
    };
    const float* w = tensor(n.source, 0);
    const int in = fused[n.inputs[0]].shape.c / n.groups, kh = n.window.kernel.h, kw = n.window.kernel.w;
    for (int o = 0; o < n.shape.c; ++o) {
        float scale = 1.0f, b = n.bias ? tensor(n.source, 1)[o] : 0.0f;
        if (n.batch_norm >= 0) {
            const float gamma = tensor(n.batch_norm, 0)[o], beta = tensor(n.batch_norm, 1)[o];
            const float mean = tensor(n.batch_norm, 2)[o], variance = tensor(n.batch_norm, 3)[o];
            const float r = 1.0f / std::sqrt(variance + tensors.written[n.batch_norm].eps);
            scale = gamma * r;
            b = (b - mean) * r * gamma + beta;
        }
        bias[std::size_t(o)] = b;
        for (int c = 0; c < in; ++c)
            for (int y = 0; y < kh; ++y)
                for (int x = 0; x < kw; ++x, ++w) weight[std::size_t(((o * kh + y) * kw + x) * in + c)] = *w * scale;
    }
}

}  // namespace octet
