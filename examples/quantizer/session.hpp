// What a quantizer does whatever the type of its network, and so is compiled once: files, pictures, comparison,
// reports.
#pragma once

#include <filesystem>
#include <functional>
#include <octet/io/tensor_file.hpp>
#include <octet/report/progress.hpp>
#include <octet/report/report.hpp>
#include <vector>

#include "compare.hpp"
#include "images.hpp"
#include "options.hpp"

namespace quantizer {

/// One network on its way from float32 to int8: what its flow needs, and the report that grows on the way.
class Session {
public:
    /// For the network of input `input` and `outputs` classes, with its float weights. Makes the folders that will be
    /// written to, before anything is computed that could not be stored.
    Session(const Options& o, const Defaults& defaults, const octet::TensorFile& weights, octet::Shape input,
            int outputs);

    /// The pictures to calibrate with.
    std::vector<Tensor3> calibration_images();
    /// Shows that `images` of them are done.
    void calibrated(int images) { progress_.reach(std::uint64_t(images)); }
    /// Accuracy, agreement and latency of both networks.
    void compare(const Network& float32, const Network& int8);
    /// A few test pictures.
    const std::vector<const float*>& some_images();
    /// Writes the reports and says where. Returns the exit code.
    int finish();

    const Options& options;
    octet::ThreadPool pool;           ///< as many threads as the user wants
    std::filesystem::path int8_file;  ///< where the int8 network goes
    octet::Report report;

private:
    Preparation preprocess_;
    Data data_;
    std::filesystem::path json_;
    octet::Progress progress_;
    std::vector<Tensor3> some_;
    std::vector<const float*> some_images_;
};

/// octet::read_tensor_file, compiled once.
octet::TensorFile read(const std::filesystem::path& path);

/// main(): parses the command line, reads the weights, and calls run(options, weights), whose exit code it returns.
/// Whatever is thrown is one line on stderr, and exit code 1.
int run_program(int argc, char** argv, const Defaults& defaults, octet::Shape input,
                const std::vector<std::string>& qconfigs,
                const std::function<int(const Options&, const octet::TensorFile&)>& run);

}  // namespace quantizer
