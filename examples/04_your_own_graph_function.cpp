// A network built from functions and loops, and what the compiler makes of it: three graphs and a memory plan, all
// of them constants.
#include <algorithm>
#include <cstdio>
#include <octet/octet.hpp>
#include <octet/report/layer_text.hpp>
#include <string>
#include <vector>

namespace {

/// A block of your own is a function from a value to a value. This one narrows, looks around, widens, and adds.
constexpr octet::Value bottleneck(octet::GraphBuilder& net, const octet::Name& name, octet::Value x) {
    const int channels = x.shape.c;
    auto y = net.relu(net.conv2d(name + ".narrow", x, {.out = channels / 4, .bias = true}));
    y = net.relu(net.conv2d(name + ".look", y, {.out = channels / 4, .kernel = 3, .pad = 1, .bias = true}));
    y = net.conv2d(name + ".widen", y, {.out = channels, .bias = true});
    return net.relu(net.add(name + ".add", x, y));
}

template <int Blocks>
struct Bottlenecks {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({32, 32, 3});
        x = net.relu(net.conv2d("stem", x, {.out = 32, .kernel = 3, .stride = 2, .pad = 1, .bias = true}));
        for (int block = 0; block < Blocks; ++block) x = bottleneck(net, octet::Name("blocks.") + block, x);
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 10}));
    }
};
using Net = Bottlenecks<2>;

constexpr octet::GraphView written = octet::graph_of<Net>();          // as above
constexpr octet::GraphView fused = octet::fused_graph_of<Net>();      // ReLUs in the layers before them
constexpr octet::GraphView lowered = octet::LoweredInt8<Net>::graph;  // additions in convolutions, values of a byte
static_assert(written.count == 20 && fused.count == 13 && lowered.count == 11);

constexpr octet::MemoryPlan plan = octet::plan_memory(lowered);
static_assert(plan.bytes < 22 * 1024);
static_assert(lowered[plan.peak].name == "blocks.0.widen");

}  // namespace

int main() {
    std::printf("%d nodes as written, %d fused, %d lowered\n\n", written.count, fused.count, lowered.count);
    std::printf("offset    end  gap  result of\n");
    for (int i = 0; i < lowered.count; ++i) {
        const octet::Layout& layout = plan.layout[std::size_t(i)];
        const std::size_t begin = plan.offset[std::size_t(i)], end = begin + layout.extent();
        const std::string line = std::string(lowered[i].name.view()) + (i == plan.peak ? "  <- the peak" : "");
        std::printf("%6zu  %5zu  %3d  %s\n", begin, end, layout.gap, line.c_str());
    }
    std::printf("\narena of %zu bytes\n\n", plan.bytes);

    octet::FloatModel<Net> model;  // weights of 0.01: the plan does not depend on them
    for (int i = 0; i < model.tensors.count; ++i) std::ranges::fill(model.tensor(i), 0.01f);
    model.pack();
    octet::Tensor<float, 32, 32, 3> white;
    white.fill(1.0f);
    const auto int8 = octet::convert(octet::calibrate(octet::prepare<octet::qconfig::x86>(model), std::vector{white}));
    std::printf("%s", octet::side_by_side(int8).c_str());
}

/* Output:
20 nodes as written, 13 fused, 11 lowered

offset    end  gap  result of
     0   3171    1  input
  3264  11456    0  stem
     0   2184    1  blocks.0.narrow
 11520  13568    0  blocks.0.look
 13632  21824    0  blocks.0.widen  <- the peak
     0   2184    1  blocks.1.narrow
  2304   4352    0  blocks.1.look
  4416  12608    0  blocks.1.widen
     0     32    0  adaptive_avg_pool
   128    160    0  flatten
     0     10    0  fc

arena of 21888 bytes

  layer              float32                                                                           int8
  input              Input(32x32x3) -> 32x32x3                                                         Quantize(scale=0.00787402, zero_point=0)
  stem               ConvReLU2d(3, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)) -> 16x16x32  QuantizedConvReLU2d(3, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), scale=0.00220415, zero_point=0)
  blocks.0.narrow    ConvReLU2d(32, 8, kernel_size=(1, 1), stride=(1, 1)) -> 16x16x8                   QuantizedConvReLU2d(32, 8, kernel_size=(1, 1), stride=(1, 1), scale=0.000784068, zero_point=0)
  blocks.0.look      ConvReLU2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)) -> 16x16x8    QuantizedConvReLU2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), scale=0.000643216, zero_point=0)
  blocks.0.widen     Conv2d(8, 32, kernel_size=(1, 1), stride=(1, 1)) -> 16x16x32                      QuantizedConv2d(8, 32, kernel_size=(1, 1), stride=(1, 1), scale=0.000130197, zero_point=0)
  blocks.0.add       AddReLU() -> 16x16x32                                                             QuantizedAddReLU(scale=0.00233435, zero_point=0)
  blocks.1.narrow    ConvReLU2d(32, 8, kernel_size=(1, 1), stride=(1, 1)) -> 16x16x8                   QuantizedConvReLU2d(32, 8, kernel_size=(1, 1), stride=(1, 1), scale=0.00082573, zero_point=0)
  blocks.1.look      ConvReLU2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)) -> 16x16x8    QuantizedConvReLU2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), scale=0.000673207, zero_point=0)
  blocks.1.widen     Conv2d(8, 32, kernel_size=(1, 1), stride=(1, 1)) -> 16x16x32                      QuantizedConv2d(8, 32, kernel_size=(1, 1), stride=(1, 1), scale=0.000132597, zero_point=0)
  blocks.1.add       AddReLU() -> 16x16x32                                                             QuantizedAddReLU(scale=0.00246694, zero_point=0)
  adaptive_avg_pool  AdaptiveAvgPool2d(output_size=(1, 1)) -> 1x1x32                                   AdaptiveAvgPool2d(output_size=(1, 1), scale=0.00246694, zero_point=0)
  flatten            Flatten() -> 1x1x32                                                               Flatten(scale=0.00246694, zero_point=0)
  fc                 Linear(in_features=32, out_features=10, bias=True) -> 1x1x10                      QuantizedLinear(in_features=32, out_features=10, bias=True, scale=0.0008372, zero_point=0)
                                                                                                       DeQuantize()
*/
