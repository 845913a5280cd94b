#include "session.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <octet/core/error.hpp>
#include <octet/io/atomic_file.hpp>
#include <octet/io/read_tensor_file.hpp>
#include <octet/report/html_report.hpp>
#include <octet/report/json_report.hpp>
#include <octet/report/machine_name.hpp>
#include <octet/report/text_report.hpp>

namespace quantizer {

namespace {

// Makes the folder an option asks for.
void make_folder(const char* option, const std::filesystem::path& folder) {
    std::error_code failed;
    if (!folder.empty()) std::filesystem::create_directories(folder, failed);
    if (failed)
        throw octet::Error(std::string(option) + ": cannot make the folder " + folder.string() + ": " +
                           failed.message());
}

}  // namespace

Session::Session(const Options& o, const Defaults& defaults, const octet::TensorFile& weights, octet::Shape input,
                 int outputs)
    : options(o),
      pool(o.threads),
      int8_file(o.out / (o.weights.stem().string() + "_int8.safetensors")),
      preprocess_(preparation(o, weights, input)),
      data_(gather_data(o, defaults, outputs)),
      json_(o.json.empty() ? o.out / "report.json" : o.json),
      progress_("calibrating", data_.calibration.count) {
    make_folder("--out", o.out);
    make_folder("--json", json_.parent_path());
    report.network = o.weights.stem().string();
    report.machine = octet::machine_name();
    report.classes = outputs;
}

std::vector<Tensor3> Session::calibration_images() { return read_all(data_.calibration, preprocess_, pool); }

void Session::compare(const Network& float32, const Network& int8) {
    compare_accuracy(float32, int8, data_.test, preprocess_, pool, report);
    (void)some_images();
    compare_latency(float32, int8, std::size_t(report.classes), some_.front(), options.latency_runs, pool, report);
}

const std::vector<const float*>& Session::some_images() {
    if (some_.empty()) {
        Pictures few = data_.test;
        few.count = std::min<std::size_t>(few.count, 32);
        some_ = read_all(few, preprocess_, pool);
        for (const Tensor3& image : some_) some_images_.push_back(image.data());
    }
    return some_images_;
}

int Session::finish() {
    report.int8.bytes = std::filesystem::file_size(int8_file);
    octet::write_file_atomically(json_, octet::to_json(report));
    const std::filesystem::path html = options.out / "report.html";
    octet::write_file_atomically(html, octet::to_html(report));
    std::cout << octet::to_text(report) << "\nwritten: " << int8_file.string() << ", " << json_.string() << ", "
              << html.string() << '\n';
    return 0;
}

octet::TensorFile read(const std::filesystem::path& path) { return octet::read_tensor_file(path); }

int run_program(int argc, char** argv, const Defaults& defaults, octet::Shape input,
                const std::vector<std::string>& qconfigs,
                const std::function<int(const Options&, const octet::TensorFile&)>& run) {
    Options o;
    if (const auto code = parse(argc, argv, defaults, input, qconfigs, o)) return *code;
    try {
        return run(o, read(o.weights));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", defaults.program.c_str(), e.what());
        return 1;
    }
}

}  // namespace quantizer
