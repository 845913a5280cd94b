// The whole idea in one function: load, prepare, calibrate, convert, save, load again, compare, report.
#pragma once

#include <iostream>
#include <octet/io/atomic_file.hpp>
#include <octet/octet.hpp>
#include <octet/report/html_report.hpp>
#include <octet/report/json_report.hpp>
#include <octet/report/machine.hpp>
#include <octet/report/model_report.hpp>
#include <octet/report/profile.hpp>
#include <octet/report/text_report.hpp>

#include "compare.hpp"
#include "options.hpp"

namespace quantizer {

/// Makes the folder an option asks for, before anything is computed that could not be stored.
inline void make_folder(const char* option, const std::filesystem::path& folder) {
    std::error_code failed;
    if (!folder.empty()) std::filesystem::create_directories(folder, failed);
    if (failed)
        throw octet::Error(std::string(option) + ": cannot make the folder " + folder.string() + ": " +
                           failed.message());
}

/// What does not depend on the network's type, and so is compiled once for all: pictures, comparison, files.
class Session {
public:
    Session(const Options& options, const Defaults& defaults, const octet::TensorFile& weights, octet::Shape input,
            int outputs)
        : o(options),
          preprocess(preparation(o, weights, input)),
          data(gather_data(o, defaults, outputs)),
          json(o.json.empty() ? o.out / "report.json" : o.json),
          progress("calibrating", data.calibration.count) {
        make_folder("--out", o.out);
        make_folder("--json", json.parent_path());
        report.network = o.weights.stem().string();
        report.machine = octet::machine_name();
        report.classes = outputs;
    }

    /// The pictures to calibrate with, and how it goes on.
    std::vector<Tensor3> calibration_images() { return read_all(data.calibration, preprocess, pool); }
    octet::Calibration calibration() {
        return {.progress = [this](int done) { progress.reach(std::uint64_t(done)); }};
    }

    /// Fills in what must be measured on pictures, and keeps some of them.
    void compare(const Network& float32, const Network& int8) {
        compare_accuracy(float32, int8, data.test, preprocess, pool, report);
        Pictures few = data.test;
        few.count = std::min<std::size_t>(few.count, 32);
        some_ = read_all(few, preprocess, pool);
        for (const Tensor3& image : some_) some.push_back(image.data());
        compare_latency(float32, int8, std::size_t(report.classes), some_.front(), o.latency_runs, pool, report);
    }

    /// Writes the reports. Returns the exit code.
    int finish() {
        report.int8.bytes = std::filesystem::file_size(int8_file);
        report.coverage_macs = octet::coverage_macs(report.layers);
        octet::write_file_atomically(json, octet::to_json(report));
        octet::write_file_atomically(o.out / "report.html", octet::to_html(report));
        std::cout << octet::to_text(report) << "\nwritten: " << int8_file.string() << ", " << json.string() << ", "
                  << (o.out / "report.html").string() << '\n';
        return 0;
    }

    const Options& o;
    octet::ThreadPool pool{o.threads};
    Preparation preprocess;
    Data data;
    std::filesystem::path json, int8_file = o.out / (o.weights.stem().string() + "_int8.safetensors");
    octet::Progress progress;
    octet::Report report;
    std::vector<const float*> some;  ///< a few pictures to test on

private:
    std::vector<Tensor3> some_;
};

/// Quantizes `file`, the float weights of `Net`, under qconfig `QC`, and reports. Returns the exit code.
template <class Net, class QC>
int flow(const Options& o, const Defaults& defaults, const octet::TensorFile& file) {
    using Model = octet::FloatModel<Net>;
    using Int8 = octet::QuantizedModel<Net, QC>;
    const auto model = octet::load<Model>(file);
    Session session(o, defaults, file, Model::input_shape, int(Model::output_shape.size()));

    auto prepared = octet::prepare<QC>(model);
    const auto calibrated =
        octet::calibrate(std::move(prepared), session.calibration_images(), session.calibration(), session.pool);
    octet::save(octet::convert(calibrated), session.int8_file);

    // From here on only the file counts: no prepare, no float model is needed to run it.
    const auto int8 = octet::load<Int8>(session.int8_file);
    if (o.print) std::cout << octet::side_by_side(int8) << std::endl;  // before progress goes to stderr

    session.compare(as_function(model), as_function(int8));
    octet::Report& report = session.report;
    octet::ThreadPool alone(1);  // the executor that the network is compiled for
    if (o.profile)
        report.profile = octet::profile(int8, session.some.front(),
                                        octet::measure_machine<typename Int8::architecture>(), {}, alone);
    report.qconfig = QC::name;
    report.arch = Int8::architecture::name;
    report.float32.bytes = Model::tensors.floats * sizeof(float);
    report.float32.parameter_bytes = Model::forward::parameters.bytes;
    report.int8.parameter_bytes = Int8::parameter_bytes;
    report.arena_bytes = Int8::arena_bytes;
    report.layers = octet::report_layers(int8, octet::layer_sqnr(model, int8, session.some));
    report.tensors = octet::report_tensors(int8.graph, int8.placement, calibrated.observers(), calibrated.qparams());
    report.findings = octet::findings(calibrated);
    report.hash = octet::model_hash(int8);
    return session.finish();
}

}  // namespace quantizer
