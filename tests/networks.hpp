// Small networks and random weights that many tests share.
#pragma once

#include <octet/octet.hpp>
#include <random>
#include <vector>

namespace test {

/// A little of everything: odd channel counts, a strided shortcut, an unfused addition (its operands are both
/// read again), an unfused ReLU, a max pool with padding, a flatten of more than one pixel.
template <int Classes = 7>
struct TinyNet {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({19, 17, 3});
        x = net.relu(net.batch_norm("bn1", net.conv2d("conv1", x, {.out = 13, .kernel = 5, .stride = 2, .pad = 2})));
        x = net.max_pool(x, {.kernel = 3, .stride = 1, .pad = 1});
        auto left = net.conv2d("left", x, {.out = 29, .kernel = 3, .stride = 2, .pad = 1, .bias = true});
        auto right = net.batch_norm("right.bn", net.conv2d("right", x, {.out = 29, .kernel = 1, .stride = 2}));
        auto sum = net.relu(net.add("sum", left, right));
        auto deep = net.conv2d("deep", sum, {.out = 29, .kernel = {1, 3}, .pad = octet::Pair{0, 1}, .bias = true});
        deep = net.add("deep.add", deep, net.add("twice", sum, net.relu(net.conv2d("c2", sum, {.out = 29}))));
        auto unfused = net.relu("unfused", deep);
        deep = net.add("again", deep, unfused);
        auto vector = net.flatten(net.max_pool("pool2", deep, {}));
        return net.finish(net.linear("fc", vector, {.out = Classes}));
    }
};

/// Every operation there is, each where PyTorch's or octet's passes treat it differently: clamps that move into a
/// convolution or a linear layer and clamps that cannot, a cat of three with a pool among its operands, windows with
/// dilation, groups, uneven bins.
struct EveryOp {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({15, 13, 3});
        x = net.relu(net.batch_norm("stem.bn", net.conv2d("stem", x, {.out = 12, .kernel = 3, .pad = 1})));
        x = net.relu6(net.conv2d("grouped", x, {.out = 18, .kernel = 3, .pad = 1, .groups = 3, .bias = true}));
        const octet::Conv2d each{.out = 18, .kernel = {3, 5}, .stride = 2, .pad = octet::Pair{1, 2}, .groups = 18};
        const auto depthwise =
            net.relu6("depthwise.relu6", net.batch_norm("depthwise.bn", net.conv2d("depthwise", x, each)));
        auto dilated =
            net.conv2d("dilated", depthwise, {.out = 18, .kernel = 3, .pad = 2, .dilation = 2, .bias = true});
        dilated = net.clamp("bounded", dilated, -0.7f, 1.1f);
        x = net.relu6("six", net.relu(net.add("sum", depthwise, dilated)));
        const auto gate = net.clamp("gate.clamp", net.conv2d("gate", x, {.out = 18, .bias = true}), 0.0f, 1.0f);
        const auto product = net.relu(net.mul("product", x, gate));
        x = net.conv2d("twice", product, {.out = 18, .bias = true});
        x = net.add("back", x, net.clamp("twice.clamp", x, -1.0f, 0.5f));
        const auto half = net.clamp("half", net.relu(net.conv2d("wide", x, {.out = 9, .bias = true})), -0.5f, 1.5f);
        const auto pooled = net.max_pool("pool", x, {.kernel = 3, .stride = 1, .pad = 1, .ceil_mode = true});
        x = net.cat("join", {net.conv2d("narrow", half, {.out = 5, .bias = true}), pooled, product});
        x = net.mul("square", x, x);
        x = net.avg_pool("mean", x,
                         {.kernel = 3, .stride = 2, .pad = 1, .ceil_mode = true, .count_include_pad = false});
        x = net.flatten(net.adaptive_avg_pool("bins", x, {2, 3}));
        x = net.relu6(net.linear("hidden", x, {.out = 20}));
        return net.finish(net.linear("fc", x, {.out = 7}));
    }
};

/// A float model with plausible random weights.
template <class Net, class Arch = octet::arch::best>
octet::FloatModel<Net, Arch> random_model(unsigned seed = 1) {
    std::mt19937 random(seed);
    octet::FloatModel<Net, Arch> model;
    using Model = octet::FloatModel<Net, Arch>;
    for (int i = 0; i < Model::tensors.count; ++i) {
        const auto& slot = Model::tensors.slots[std::size_t(i)];
        const std::string_view name = slot.name.view();
        const bool variance = name.ends_with("running_var");
        const bool vector = slot.rank == 1;
        const float width = vector ? 0.3f : 2.0f / std::sqrt(float(slot.size) / float(slot.shape[0]));
        std::uniform_real_distribution<float> value(variance ? 0.5f : -width, variance ? 1.5f : width);
        for (float& x : model.tensor(i)) x = value(random) + (vector && name.ends_with(".weight") ? 1.0f : 0.0f);
    }
    model.pack();
    return model;
}

/// Random images of a shape.
inline std::vector<xt::xtensor<float, 3>> random_images(octet::Shape s, int count, unsigned seed = 2) {
    std::mt19937 random(seed);
    std::normal_distribution<float> value(0.0f, 1.0f);
    std::vector<xt::xtensor<float, 3>> images;
    for (int i = 0; i < count; ++i) {
        auto& image = images.emplace_back(
            xt::xtensor<float, 3>::from_shape({std::size_t(s.h), std::size_t(s.w), std::size_t(s.c)}));
        for (float& x : image) x = value(random);
    }
    return images;
}

/// Prepared, calibrated and converted.
template <class QC, class Net, class Arch>
auto quantized(const octet::FloatModel<Net, Arch>& model, int images = 8) {
    using Model = octet::FloatModel<Net, Arch>;
    return octet::convert(octet::calibrate(octet::prepare<QC>(model), random_images(Model::input_shape, images)));
}

}  // namespace test
