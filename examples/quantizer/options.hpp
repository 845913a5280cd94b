// The command line of a quantizer.
#pragma once

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
std::string one_of(const std::vector<std::string>& words);

/// Parses argv for a network of input `input`; the first of `qconfigs` is the default. Nothing to run (--help, or a
/// mistake that has been explained): the exit code instead.
std::optional<int> parse(int argc, char** argv, const Defaults& defaults, octet::Shape input,
                         const std::vector<std::string>& qconfigs, Options& o);

}  // namespace quantizer
