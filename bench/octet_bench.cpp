// Kernels and whole networks, on one thread and on all. Every benchmark checks its output first: a kernel
// against its reference, int8 on many threads against one. Run with --benchmark_filter=REGEX to choose.
//
// Weights are random; nothing in octet depends on their values for speed.
#include <benchmark/benchmark.h>

#include <octet/kernels/conv2d/reference.hpp>
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
#include <random>
#include <vector>

#include "load_bench.hpp"

namespace {

using namespace octet;
using Net = models::ResNet18<1000>;
using Int8 = QuantizedModel<Net, qconfig::x86>;
using Float = FloatModel<Net>;

template <class T>
void fill(std::vector<T>& v, unsigned seed) {
    std::mt19937 random(seed);
    for (T& x : v) x = static_cast<T>(random());
}

void count_macs(benchmark::State& state, std::uint64_t macs) {
    state.counters["GMAC/s"] = benchmark::Counter(double(macs) * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

/// One layer of the forward pass, on its own, with everything in its epilogue.
template <int Node>
void layer(benchmark::State& state) {
    using Forward = Int8::forward;
    using Convolution = Forward::Convolution<Node>;
    using Kernel = Convolution::Kernel;
    using Layer = Forward::LayerOf<Node>;
    using Elementwise = numerics::Aten;
    constexpr kernels::ConvSpec spec = Convolution::spec;
    constexpr kernels::WeightLayout layout = Kernel::layout;
    std::vector<std::uint8_t> input(spec.input.extent() + 64), residual(spec.residual.extent() + 64);
    std::vector<std::uint8_t> output(spec.output.extent() + 64), expected(output.size());
    std::vector<std::int8_t> weights(std::size_t(layout.channels * layout.rows * layout.row_elements()));
    Block packed(Kernel::weight_bytes);
    Block scratch(Kernel::scratch_bytes);
    fill(input, 1);
    fill(residual, 2);
    fill(weights, 3);
    Kernel::packing.pack(layout, weights.data(), packed.data());
    // With a zero point of 0 the gap must hold 0.
    kernels::fill_gaps<spec.input>(input.data(), std::uint8_t{0});
    const auto padded = std::size_t(layout.padded_channels());
    const QParams own{0.7f, 128};
    const numerics::LayerQuantization quantization{{0.02f, 0}, own, 0.001f};
    const auto constants = Layer::channel(quantization, 0.1f);
    std::vector<std::int32_t> zero_terms(layout.zero_terms());
    kernels::sum_runs(layout, weights.data(), Kernel::input_offset, zero_terms.data());
    const std::vector<float> bias(padded, constants.bias), multiplier(padded, constants.multiplier);
    const std::vector<typename Layer::Channel> channels(padded, constants);
    using Of = kernels::QuantizedEpilogueOf<spec, Layer, Elementwise, Forward::V>;
    typename Of::type epilogue{};
    epilogue.places = Of::places;
    epilogue.output = output.data();
    epilogue.residual = residual.data();
    epilogue.zero_terms = zero_terms.data();
    epilogue.bias = bias.data();
    epilogue.multiplier = multiplier.data();
    epilogue.padded = int(padded);
    epilogue.range = Layer::output(quantization, {spec.epilogue.relu ? own.zero_point : 0, 255});
    epilogue.addition = Elementwise::addition(own, {0.5f, 3}, {0.9f, 100});
    const auto* packed_weights = reinterpret_cast<const typename Kernel::Weight*>(packed.data());
    const auto run = [&] {
        Kernel::run(input.data(), packed_weights, kernels::TileEpilogue(epilogue), 0, Kernel::units, scratch.data());
    };
    run();
    kernels::reference::conv2d<Layer, Elementwise>(spec, input.data(), 0, weights.data(), channels.data(),
                                                   epilogue.range, residual.data(), epilogue.addition, expected.data());
    if (output != expected) return state.SkipWithError("differs from its reference");
    for (auto _ : state) {
        run();
        benchmark::DoNotOptimize(output.data());
        benchmark::ClobberMemory();
    }
    count_macs(state, macs(Forward::graph, Node));
}

Float make_float() {
    Float model;
    std::mt19937 random(1);
    for (int i = 0; i < Float::tensors.count; ++i) {
        const TensorSlot& slot = Float::tensors.slots[std::size_t(i)];
        const bool positive = slot.rank == 1;
        const float width = positive ? 0.1f : std::sqrt(2.0f / float(slot.size / std::size_t(slot.shape[0])));
        std::normal_distribution<float> value(0.0f, width);
        for (float& x : model.tensor(i)) x = positive ? 1.0f + std::abs(value(random)) : value(random);
    }
    model.pack();
    return model;
}

struct Models {
    ThreadPool pool;
    Float float32 = make_float();
    std::vector<xt::xtensor<float, 3>> images;
    Int8 int8;

    Models() : images(make_images()), int8(convert(calibrate(prepare<qconfig::x86>(float32), images, {}, pool))) {}
    static std::vector<xt::xtensor<float, 3>> make_images() {
        std::vector<xt::xtensor<float, 3>> all;
        std::mt19937 random(7);
        std::normal_distribution<float> value;
        for (int i = 0; i < 4; ++i) {
            all.push_back(xt::xtensor<float, 3>::from_shape({224, 224, 3}));
            for (float& x : all.back()) x = value(random);
        }
        return all;
    }
    static Models& get() {
        static Models models;
        return models;
    }
};

template <class Executor>
void int8_net(benchmark::State& state, Executor& executor) {
    Models& m = Models::get();
    const auto alone = m.int8(m.images[0]);
    const auto here = m.int8(m.images[0], executor);
    if (!std::equal(alone.begin(), alone.end(), here.begin())) return state.SkipWithError("threads change the result");
    for (auto _ : state) benchmark::DoNotOptimize(m.int8(m.images[0], executor));
    count_macs(state, 1814073344u);
    state.counters["arena"] = double(Int8::arena_bytes);
}
template <class Executor>
void float_net(benchmark::State& state, Executor& executor) {
    Models& m = Models::get();
    const auto alone = m.float32(m.images[0]);
    const auto here = m.float32(m.images[0], executor);
    if (!std::equal(alone.begin(), alone.end(), here.begin())) return state.SkipWithError("threads change the result");
    for (auto _ : state) benchmark::DoNotOptimize(m.float32(m.images[0], executor));
    count_macs(state, 1814073344u);
}

template <int... I>
void register_layers(std::integer_sequence<int, I...>) {
    const auto one = []<int J>() {
        if constexpr (has_weights(Int8::forward::graph[J].op))
            benchmark::RegisterBenchmark(("int8/" + std::string(Int8::forward::graph[J].name.view())).c_str(), layer<J>)
                ->Unit(benchmark::kMicrosecond);
    };
    (one.template operator()<I>(), ...);
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    benchmark::AddCustomContext("octet_arch", arch::best::name);
    static Serial serial;
    const auto add = [](const char* name, auto f) {
        benchmark::RegisterBenchmark(name, f)
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime()
            ->Repetitions(9)
            ->ReportAggregatesOnly();
    };
    add("resnet18/int8/1_thread", [](benchmark::State& s) { int8_net(s, serial); });
    add("resnet18/int8/all_threads", [](benchmark::State& s) { int8_net(s, Models::get().pool); });
    add("resnet18/float32/1_thread", [](benchmark::State& s) { float_net(s, serial); });
    add("resnet18/float32/all_threads", [](benchmark::State& s) { float_net(s, Models::get().pool); });
    load_bench::register_load();
    register_layers(std::make_integer_sequence<int, Int8::forward::graph.count>{});
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
