// octet's own rows of the comparison, and the machine's peaks.
//
//     octet_worker prepare WEIGHTS FOLDER               draws the pictures, quantizes; all files go to FOLDER
//     octet_worker latency WEIGHTS FOLDER THREADS       a worker (worker.hpp) for one image at a time, and for peaks
//     octet_worker throughput WEIGHTS FOLDER THREADS    a worker for batches
//
// From normalised float image to float logits, as every peer does it.
#include <iostream>
#include <memory>
#include <octet/model/throughput.hpp>
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
#include <octet/report/machine_name.hpp>
#include <octet/report/metrics.hpp>

#include "peak.hpp"
#include "pictures.hpp"
#include "worker.hpp"

namespace {

using namespace octet;
using Net = models::ResNet18<102>;
using Float = FloatModel<Net>;
using Int8 = QuantizedModel<Net, qconfig::x86>;
constexpr std::size_t images_per_thread = 8;
using Int8Batches = QuantizedModel<Net, qconfig::x86, arch::best, kernels::throughput<int(images_per_thread)>>;
constexpr double gigamacs = 1.814073344;

void prepare_files(const std::string& weights, const std::string& folder) {
    const auto images = peers::calibration_pictures();
    peers::write_npy(folder + "/calibration.npy", images);
    peers::write_npy(folder + "/image.npy", {peers::test_picture()});
    ThreadPool pool;
    save(convert(calibrate(prepare<qconfig::x86>(load<Float>(weights)), images, {}, pool)),
         folder + "/octet.safetensors");
}

template <class Logits>
peers::Row row(const char* dtype, int threads, std::size_t batch, const Logits& logits, std::string settings,
               std::function<void()> run) {
    const std::vector<float> values(logits.begin(), logits.end());
    return {{{"name", "octet"},
             {"dtype", dtype},
             {"threads", threads},
             {"batch", batch},
             {"settings", settings},
             {"top1", argmax(values)},
             {"logits", values}},
            std::move(run)};
}

/// One image at a time. Threads must not change a logit.
template <class Model>
peers::Row latency(const Model& model, const char* dtype, const peers::Image& image, ThreadPool& pool) {
    const auto workspace = std::make_shared<Workspace<typename Model::forward>>();
    Serial serial;
    const auto alone = model.run(image.data(), *workspace, serial);
    const auto together = model.run(image.data(), *workspace, pool);
    if (alone != together) throw Error("threads change the logits of the network in " + std::string(dtype));
    return row(dtype, pool.threads(), 1, alone, std::string("arch ") + arch::best::name,
               [&model, &image, &pool, workspace, alone] {
                   if (model.run(image.data(), *workspace, pool) != alone) throw Error("the logits changed");
               });
}

template <class Dot>
peers::Row peak(const char* dtype, ThreadPool& pool) {
    return {{{"name", "peak"},
             {"dtype", dtype},
             {"threads", pool.threads()},
             {"gmac", peers::macs_per_spin<Dot>() * pool.threads() * 1e-9},
             {"arch", arch::best::name},
             {"int8_dot", peers::int8_instruction(arch::best::name)},
             {"int8_instruction", peers::has_int8_instruction(arch::best::name)}},
            [&pool] {
                if (!peers::spin_on<Dot>(pool)) throw Error("a peak's dot products came out wrong");
            }};
}

nlohmann::json announcement() {
    return {
        {"peer", "octet"}, {"version", arch::best::name}, {"machine", machine_name()}, {"gmac_per_image", gigamacs}};
}

void serve_latency(const std::string& weights, const std::string& folder, int threads) {
    ThreadPool pool(threads);
    const auto image = peers::test_picture();
    const auto float32 = load<Float>(weights);
    const auto int8 = load<Int8>(folder + "/octet.safetensors");
    peers::serve(announcement(),
                 {latency(int8, "int8", image, pool), latency(float32, "float32", image, pool),
                  peak<arch::best::int8_dot>("int8", pool), peak<arch::best::float_dot>("float32", pool)});
}

/// As many batches at a time as there are threads, each thread with whole images of its own.
void serve_throughput(const std::string& weights, const std::string& folder, int threads) {
    const auto float32 = load<Float>(weights);
    const auto int8 = load<Int8Batches>(folder + "/octet.safetensors");
    const auto image = peers::test_picture();
    const std::size_t batch = images_per_thread * std::size_t(threads);
    const std::vector<const float*> images(batch, image.data());

    Throughput<Int8Batches> many(int8, threads);
    std::vector<Int8Batches::Logits> int8_logits(batch);
    const auto run_int8 = [&] { many(images, int8_logits); };

    ThreadPool pool(threads);
    std::vector<Workspace<Float::forward>> workspaces(static_cast<std::size_t>(threads));
    std::vector<Float::Logits> float_logits(batch);
    const auto run_float = [&] {
        pool.for_each(int(batch), [&](int begin, int end) {
            Serial alone;
            auto& own = workspaces[std::size_t(begin) / images_per_thread];
            for (int i = begin; i < end; ++i) float_logits[std::size_t(i)] = float32.run(image.data(), own, alone);
        });
    };
    run_int8();
    run_float();
    const std::string settings = "each thread its own images";
    peers::serve(announcement(),
                 {row("int8", threads, batch, int8_logits.back(), settings + ", kernels::throughput<8>", run_int8),
                  row("float32", threads, batch, float_logits.back(), settings, run_float)});
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 3 && words[0] == "prepare")
        prepare_files(words[1], words[2]);
    else if (words.size() == 4 && words[0] == "latency")
        serve_latency(words[1], words[2], std::stoi(words[3]));
    else if (words.size() == 4 && words[0] == "throughput")
        serve_throughput(words[1], words[2], std::stoi(words[3]));
    else
        throw Error(
            "octet_worker prepare WEIGHTS FOLDER | latency WEIGHTS FOLDER THREADS | throughput WEIGHTS FOLDER THREADS");
    return 0;
} catch (const std::exception& e) {
    std::cerr << "octet_worker: " << e.what() << '\n';
    return 1;
}
