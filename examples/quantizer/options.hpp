// The command line of the main example.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <optional>
#include <string>

namespace quantizer {

/// What the user asked for.
struct Options {
    std::filesystem::path weights;
    std::filesystem::path data;              ///< empty: drawn flowers
    std::filesystem::path calibration_data;  ///< empty: like the test images, but others
    std::filesystem::path out = "report";
    std::filesystem::path json;  ///< empty: OUT/report.json
    int images = 0;              ///< 0: all of a folder, 1,020 drawn ones
    int calibration_images = 100;
    int threads = 0;  ///< 0: one for each core
    int seed = 0;
    int latency_runs = 100;
    std::array<float, 3> mean{0.485f, 0.456f, 0.406f};
    std::array<float, 3> std{0.229f, 0.224f, 0.225f};
    std::string qconfig = "x86";
    bool print = false;
};

/// Parses argv. Nothing to run (--help, or a mistake that has been explained): the exit code instead.
inline std::optional<int> parse(int argc, char** argv, Options& o) {
    CLI::App app{
        "Quantizes a trained network to int8, saves it, loads it again by its type, and compares it with itself "
        "in float32.\nWithout arguments: 102 kinds of drawn flower and the weights that come with octet."};
    constexpr int most = 1'000'000'000;
    const auto positive = [](const std::string& text) {
        return std::stod(text) > 0 ? "" : "must be above 0, not " + text;
    };
    app.add_option(
           "--weights", o.weights,
           "float weights of a ResNet18 with 5, 10, 102 or 1000 classes: safetensors or JSON with PyTorch's names")
        ->capture_default_str();
    app.add_option("--data", o.data,
                   "test images (JPEG, PNG): a folder with one folder per class, as many as the weights have classes, "
                   "in the order of "
                   "their names");
    app.add_option("--calibration-data", o.calibration_data, "calibration images: a folder of any depth");
    app.add_option("--images", o.images, "test images at most; 0: all, or 1,020 drawn ones")
        ->check(CLI::Range(0, most));
    app.add_option("--calibration-images", o.calibration_images, "calibration images at most")
        ->check(CLI::Range(1, most))
        ->capture_default_str();
    app.add_option("--mean", o.mean, "of each channel after division by 255, as 0.485,0.456,0.406")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--std", o.std, "of each channel after division by 255, as 0.229,0.224,0.225")
        ->delimiter(',')
        ->check(positive)
        ->capture_default_str();
    app.add_option("--qconfig", o.qconfig, "x86, fbgemm or onednn")->capture_default_str();
    app.add_option("--threads", o.threads, "for calibration, accuracy and the second latency row; 0: one for each core")
        ->check(CLI::Range(0, 1024));
    app.add_option("--out", o.out, "folder for the int8 file and the reports")->capture_default_str();
    app.add_option("--json", o.json, "where to write report.json instead of into --out");
    app.add_option("--seed", o.seed, "which images are drawn or chosen")
        ->check(CLI::Range(0, most))
        ->capture_default_str();
    app.add_option("--latency-runs", o.latency_runs, "measured runs of each network and thread count")
        ->check(CLI::Range(1, most))
        ->capture_default_str();
    app.add_flag("--print", o.print, "print both networks, layer by layer");
    app.name("resnet18");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e);
    }
    return std::nullopt;
}

}  // namespace quantizer
