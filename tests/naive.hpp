// Whole networks from their definitions, one node after the other with nested loops: in double, and in integers.
#pragma once

#include <cmath>
#include <octet/kernels/conv2d/reference.hpp>
#include <octet/kernels/elementwise/reference.hpp>
#include <octet/kernels/pool/reference.hpp>
#include <octet/octet.hpp>
#include <vector>

namespace test {

namespace detail {
inline std::size_t at(octet::Shape s, int y, int x, int c) { return std::size_t((y * s.w + x) * s.c + c); }

// Where element (y, x, c) of a cat comes from: which operand, and which of its channels.
inline std::pair<int, int> cat_source(octet::GraphView g, const octet::Node& n, int c) {
    int operand = 0;
    for (; c >= g[n.inputs[operand]].shape.c; ++operand) c -= g[n.inputs[operand]].shape.c;
    return {n.inputs[operand], c};
}
// Element i of a flattened image is element (y, x, c) of it.
inline std::size_t flatten_source(octet::Shape in, int i) {
    const int plane = in.h * in.w;
    return at(in, i % plane / in.w, i % in.w, i / plane);
}
}  // namespace detail

/// Every value of the float network as written.
template <class Model>
std::vector<std::vector<double>> naive_forward(const Model& m, const float* image) {
    using namespace octet;
    using detail::at;
    GraphView g = Model::written;
    std::vector<std::vector<double>> v(std::size_t(g.count));
    for (int i = 0; i < g.count; ++i) {
        const Node& n = g[i];
        const Shape s = n.shape;
        auto& y = v[std::size_t(i)];
        y.assign(s.size(), 0.0);
        if (n.op == Op::input) {
            for (std::size_t k = 0; k < s.size(); ++k) y[k] = double(image[k]);
            continue;
        }
        const int first = Model::tensors.first[std::size_t(i)];
        const auto t = [&](int k, int index) { return double(m.tensor(first + k)[std::size_t(index)]); };
        const auto& x = v[std::size_t(n.inputs[0])];
        const Shape in = g[n.inputs[0]].shape;
        const Window& w = n.window;
        const auto element = [&](int r, int c, int k) {
            const double same = in == s ? x[at(s, r, c, k)] : 0.0;
            double sum = 0.0, most = -1e30;
            switch (n.op) {
                case Op::batch_norm: return (same - t(2, k)) / std::sqrt(t(3, k) + double(n.eps)) * t(0, k) + t(1, k);
                case Op::relu: return std::max(0.0, same);
                case Op::clamp: return std::clamp(same, double(n.low), double(n.high));
                case Op::add: return same + v[std::size_t(n.inputs[1])][at(s, r, c, k)];
                case Op::mul: return same * v[std::size_t(n.inputs[1])][at(s, r, c, k)];
                case Op::flatten: return x[detail::flatten_source(in, k)];
                case Op::cat: {
                    const auto [from, channel] = detail::cat_source(g, n, k);
                    return v[std::size_t(from)][at(g[from].shape, r, c, channel)];
                }
                case Op::adaptive_avg_pool: {
                    const int y0 = r * in.h / s.h, y1 = int(std::ceil((r + 1) * in.h / double(s.h)));
                    const int x0 = c * in.w / s.w, x1 = int(std::ceil((c + 1) * in.w / double(s.w)));
                    for (int iy = y0; iy < y1; ++iy)
                        for (int ix = x0; ix < x1; ++ix) sum += x[at(in, iy, ix, k)];
                    return sum / ((y1 - y0) * (x1 - x0));
                }
                default: break;
            }
            if (has_weights(n.op) && n.bias) sum = t(1, k);
            const int inputs = in.c / n.groups, group = k / (s.c / n.groups);
            int inside = 0, padded = 0;
            for (int ky = 0; ky < w.kernel.h; ++ky)
                for (int kx = 0; kx < w.kernel.w; ++kx) {
                    const int iy = r * w.stride.h - w.pad.top + ky * w.dilation.h;
                    const int ix = c * w.stride.w - w.pad.left + kx * w.dilation.w;
                    padded += iy < in.h + w.pad.bottom && ix < in.w + w.pad.right ? 1 : 0;
                    if (iy < 0 || iy >= in.h || ix < 0 || ix >= in.w) continue;
                    ++inside;
                    if (!has_weights(n.op)) {
                        most = std::max(most, x[at(in, iy, ix, k)]);
                        sum += x[at(in, iy, ix, k)];
                        continue;
                    }
                    for (int ic = 0; ic < inputs; ++ic)
                        sum += x[at(in, iy, ix, group * inputs + ic)] *
                               t(0, ((k * inputs + ic) * w.kernel.h + ky) * w.kernel.w + kx);
                }
            if (n.op == Op::max_pool) return most;
            if (n.op == Op::avg_pool) return sum / (n.divisor != 0 ? n.divisor : n.include_pad ? padded : inside);
            return sum;
        };
        for (int r = 0; r < s.h; ++r)
            for (int c = 0; c < s.w; ++c)
                for (int k = 0; k < s.c; ++k) y[at(s, r, c, k)] = element(r, c, k);
    }
    return v;
}

/// Every value of an int8 network of which no layer was left in float, by fused layer: the references on the numbers
/// that its file holds.
template <class Int8>
std::vector<std::vector<std::uint8_t>> naive_int8(const Int8& model, const float* image) {
    using namespace octet;
    using detail::at;
    namespace reference = kernels::reference;
    using Elementwise = typename Int8::numerics::elementwise;
    static constexpr GraphView g = Int8::graph;
    const QuantizedParameters q = model.parameters();
    std::vector<std::vector<std::uint8_t>> v(std::size_t(g.count));
    const auto layer = [&]<int I>() {
        constexpr const Node& n = g[I];
        constexpr Shape s = n.shape;
        constexpr Layout out{s, 0};
        auto& y = v[I];
        y.assign(s.size(), 0);
        const auto operand = [&](int k) { return v[std::size_t(n.inputs[k])].data(); };
        const auto layout = [&](int k) { return Layout{g[n.inputs[k]].shape, 0}; };
        const auto scale = [&](int k) { return model.qparams(n.inputs[k]); };
        const QParams own = model.qparams(I);
        const auto quantized = [&](float x) {
            return Elementwise::template quantize<kernels::Scalar>(x, 1.0f / own.scale, own.zero_point);
        };
        if constexpr (n.op == Op::input) {
            reference::quantize<Elementwise>(out, out, image, own, y.data());
        } else if constexpr (has_weights(n.op)) {
            using Layer = typename Int8::numerics::template layer<numerics::LayerKind{n.op == Op::linear, n.groups}>;
            const QuantizedLayer& l = q.layers[I];
            std::vector<typename Layer::Channel> channels;
            numerics::LayerQuantization quantization{scale(0), own, l.weight_scale[0], l.per_channel};
            for (std::size_t o = 0; o < l.bias.size(); ++o) {
                quantization.weight_scale = l.weight_scale[l.per_channel ? o : 0];
                channels.push_back(Layer::channel(quantization, l.bias[o]));
            }
            const kernels::ConvSpec spec{layout(0), out, {}, n.window, n.groups, {}};
            const auto range = Layer::output(quantization, {n.relu ? own.zero_point : 0, 255});
            reference::conv2d<Layer, Elementwise>(spec, operand(0), scale(0).zero_point, l.weight.data(),
                                                  channels.data(), range, nullptr, {}, y.data());
        } else if constexpr (n.op == Op::max_pool) {
            reference::max_pool(layout(0), n.window, out, operand(0), y.data());
        } else if constexpr (n.op == Op::avg_pool || n.op == Op::adaptive_avg_pool) {
            const kernels::PoolSpec spec{layout(0),     out,      n.window, n.ceil_mode, n.op == Op::adaptive_avg_pool,
                                         n.include_pad, n.divisor};
            reference::average_pool<Elementwise>(spec, operand(0), own, y.data());
        } else if constexpr (n.op == Op::add) {
            reference::add<Elementwise, n.relu>(layout(0), layout(1), out, operand(0), operand(1),
                                                Elementwise::addition(scale(0), scale(1), own), y.data());
        } else if constexpr (n.op == Op::mul) {
            reference::mul<Elementwise, n.relu>(layout(0), layout(1), out, operand(0), operand(1),
                                                Elementwise::multiplication(scale(0), scale(1), own), y.data());
        } else if constexpr (n.op == Op::relu || n.op == Op::clamp) {
            const int low = n.op == Op::relu ? own.zero_point : quantized(n.low);
            const int high = n.op == Op::relu ? 255 : quantized(n.high);
            for (std::size_t k = 0; k < y.size(); ++k) y[k] = std::uint8_t(std::clamp(int(operand(0)[k]), low, high));
        } else if constexpr (n.op == Op::flatten) {
            for (int k = 0; k < s.c; ++k)
                y[std::size_t(k)] = operand(0)[detail::flatten_source(g[n.inputs[0]].shape, k)];
        } else {
            static_assert(n.op == Op::cat);
            for (int r = 0; r < s.h; ++r)
                for (int c = 0; c < s.w; ++c)
                    for (int k = 0; k < s.c; ++k) {
                        const auto [from, channel] = detail::cat_source(g, n, k);
                        const std::uint8_t in = v[std::size_t(from)][at(g[from].shape, r, c, channel)];
                        const QParams p = model.qparams(from);
                        const bool tail = channel >= g[from].shape.c / 8 * 8;
                        y[at(s, r, c, k)] = p == own ? in : std::uint8_t(quantized(Elementwise::join(in, p, tail)));
                    }
        }
    };
    [&]<int... I>(std::integer_sequence<int, I...>) { (layer.template operator()<I>(), ...); }
    (std::make_integer_sequence<int, g.count>{});
    return v;
}

}  // namespace test
