// The command line of a quantizer.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <octet/core/shape.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quantizer {

struct Options;
struct Data;

/// What a program says before its user says anything.
struct Defaults {
    std::string program = "quantizer";  ///< its name, in messages and for --help
    std::string about{};                ///< the beginning of --help
    std::filesystem::path weights{};    ///< empty: --weights must be given
    std::string weights_help = "float weights: safetensors or JSON with PyTorch's names";
    std::string data_help =
        "test images (JPEG, PNG): a folder with one folder per class, as many as the network has outputs, in the order "
        "of their names";
    std::function<Data(const Options&, int classes)> pictures{};  ///< what there is without --data; none: an error
};

/// What the user asked for.
struct Options {
    std::filesystem::path weights;
    std::filesystem::path data;              ///< empty: Defaults::pictures
    std::filesystem::path calibration_data;  ///< empty: like the test images, but others
    std::filesystem::path out = "report";
    std::filesystem::path json;  ///< empty: OUT/report.json
    int images = 0;              ///< 0: all of a folder, as many drawn ones as the program likes
    int calibration_images = 100;
    int threads = 0;  ///< 0: one for each core
    int seed = 0;
    int latency_runs = 100;
    int resize = 0;                ///< 0: what suits the network's side
    int crop = 0;                  ///< 0: the network's side
    std::vector<float> mean, std;  ///< by channel; empty: as the weights file says, else ImageNet's
    std::string qconfig;
    bool print = false;
    bool profile = false;
};

/// "x86, fbgemm or onednn".
inline std::string one_of(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text.append(i == 0 ? "" : i + 1 < words.size() ? ", " : " or ").append(words[i]);
    return text;
}

/// Parses argv for a network of input `input`; the first of `qconfigs` is the default. Nothing to run (--help, or a
/// mistake that has been explained): the exit code instead.
inline std::optional<int> parse(int argc, char** argv, const Defaults& defaults, octet::Shape input,
                                const std::vector<std::string>& qconfigs, Options& o) {
    CLI::App app{defaults.about};
    constexpr int most = 1'000'000'000;
    const auto positive = [](const std::string& text) {
        return std::stod(text) > 0 ? "" : "must be above 0, not " + text;
    };
    o.weights = defaults.weights;
    o.qconfig = qconfigs.front();
    auto* weights = app.add_option("--weights", o.weights, defaults.weights_help)->capture_default_str();
    if (defaults.weights.empty()) weights->required();
    app.add_option("--data", o.data, defaults.data_help);
    app.add_option("--calibration-data", o.calibration_data, "calibration images: a folder of any depth");
    app.add_option(
           "--images", o.images,
           defaults.pictures ? "test images at most; 0: all, or 1,020 drawn ones" : "test images at most; 0: all")
        ->check(CLI::Range(0, most));
    app.add_option("--calibration-images", o.calibration_images, "calibration images at most")
        ->check(CLI::Range(1, most))
        ->capture_default_str();
    if (input.h == input.w) {
        const std::string side = std::to_string(input.h);
        app.add_option("--resize", o.resize,
                       "pixels of an image's shorter side before it is cut; 0: " +
                           (input.h < 128 ? side : std::to_string(input.h * 8 / 7)))
            ->check(CLI::Range(0, 16384));
        app.add_option("--crop", o.crop,
                       "side of the square cut from the middle, reduced to " + side + " if it is another; 0: " + side)
            ->check(CLI::Range(0, 16384));
    }
    app.add_option("--mean", o.mean,
                   "of each channel after division by 255; default: as the weights file says, else "
                   "0.485,0.456,0.406")
        ->delimiter(',')
        ->expected(input.c);
    app.add_option("--std", o.std,
                   "of each channel after division by 255; default: as the weights file says, else "
                   "0.229,0.224,0.225")
        ->delimiter(',')
        ->expected(input.c)
        ->check(positive);
    app.add_option("--qconfig", o.qconfig, one_of(qconfigs))->capture_default_str();
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
    app.add_flag(
        "--profile", o.profile,
        "measure each step of the int8 network on one thread: time, algorithm, share of the machine's peak, what "
        "bounds it");
    app.name(defaults.program);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e);
    }
    return std::nullopt;
}

}  // namespace quantizer
