// Loading a quantized ResNet18: the portable int8 file, which is checked and packed, and the packed file, which is
// checked and mapped. The files lie in the page cache. Both give the same parameters, which is checked first.
#pragma once

#include <benchmark/benchmark.h>

#include <cstring>
#include <filesystem>
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
#include <random>

namespace load_bench {

using namespace octet;
using Int8 = QuantizedModel<models::ResNet18<102>, qconfig::x86>;

/// A model of random numbers in both files, which vanish with it.
struct Files {
    std::filesystem::path folder, portable, packed;

    Files() {
        int number = 0;
        do folder = std::filesystem::temp_directory_path() / ("octet-load-bench-" + std::to_string(number++));
        while (!std::filesystem::create_directory(folder));
        portable = folder / "int8.safetensors";
        packed = folder / "int8.packed";
        std::mt19937 random(1);
        QuantizedParameters q;
        q.qparams.assign(std::size_t(Int8::placement.count), {0.05f, 120});
        q.layers.resize(std::size_t(Int8::graph.count));
        for (int l = 0; l < Int8::graph.count; ++l) {
            QuantizedLayer& layer = q.layers[std::size_t(l)];
            if (!has_weights(Int8::graph[l].op)) continue;
            layer.weight.resize(weight_count(Int8::graph, l));
            for (auto& w : layer.weight) w = static_cast<std::int8_t>(int(random() % 81) - 40);
            layer.bias.assign(std::size_t(Int8::graph[l].shape.c), 0.5f);
            layer.weight_scale.assign(layer.bias.size(), 0.01f);
        }
        Int8 model;
        model.assign(q);
        save(model, portable);
        save_packed(model, packed);
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    ~Files() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    static const Files& get() {
        static const Files files;
        return files;
    }
};

template <class Load>
void load_model(benchmark::State& state, const std::filesystem::path& path, Load load) {
    const Files& files = Files::get();
    const auto a = load(path).packed(), b = octet::load<Int8>(files.portable).packed();
    if (std::memcmp(a.parameters.get(), b.parameters.get(), Int8::parameter_bytes) != 0)
        return state.SkipWithError("the parameters differ");
    for (auto _ : state) benchmark::DoNotOptimize(load(path));
    state.counters["file"] = double(std::filesystem::file_size(path));
    state.counters["parameters"] = double(Int8::parameter_bytes);
}
inline void load_int8(benchmark::State& state) {
    load_model(state, Files::get().portable, [](const auto& path) { return octet::load<Int8>(path); });
}
inline void load_packed(benchmark::State& state) {
    load_model(state, Files::get().packed, [](const auto& path) { return octet::load_packed<Int8>(path); });
}

/// To be called by main(): a registration of its own would run for every architecture in the program.
inline void register_load() {
    const auto add = [](const char* name, void (*run)(benchmark::State&)) {
        benchmark::RegisterBenchmark(name, run)->Unit(benchmark::kMillisecond)->UseRealTime();
    };
    add("resnet18/load/int8_file", load_int8);
    add("resnet18/load/packed_file", load_packed);
}

}  // namespace load_bench
