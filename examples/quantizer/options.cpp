#include "options.hpp"

#include <CLI/CLI.hpp>

namespace quantizer {

std::string one_of(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text.append(i == 0 ? "" : i + 1 < words.size() ? ", " : " or ").append(words[i]);
    return text;
}

std::optional<int> parse(int argc, char** argv, const Defaults& defaults, octet::Shape input,
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
