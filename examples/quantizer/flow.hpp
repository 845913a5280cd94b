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

/// Quantizes `file`, the float weights of `Net`, under qconfig `QC`, and reports. Returns the exit code.
template <class Net, class QC>
int flow(const Options& o, const Defaults& defaults, const octet::TensorFile& file) {
    namespace fs = std::filesystem;
    octet::ThreadPool pool(o.threads);
    octet::Report report;

    using Model = octet::FloatModel<Net>;
    constexpr std::size_t outputs = Model::output_shape.size();
    const auto model = octet::load<Model>(file);
    const Preparation preprocess = preparation(o, file, Model::input_shape);
    const Data data = gather_data(o, defaults, int(outputs));
    const fs::path json = o.json.empty() ? o.out / "report.json" : o.json;
    make_folder("--out", o.out);
    make_folder("--json", json.parent_path());

    // Calibrate and convert.
    const fs::path int8_file = o.out / (o.weights.stem().string() + "_int8.safetensors");
    auto prepared = octet::prepare<QC>(model);
    octet::Progress progress("calibrating", data.calibration.count);
    const auto calibrated =
        octet::calibrate(std::move(prepared), read_all(data.calibration, preprocess, pool),
                         {.progress = [&](int done) { progress.reach(std::uint64_t(done)); }}, pool);
    octet::save(octet::convert(calibrated), int8_file);

    // From here on only the file counts: no prepare, no float model is needed to run it.
    using Int8 = octet::QuantizedModel<Net, QC>;
    const auto int8 = octet::load<Int8>(int8_file);
    if (o.print) std::cout << octet::side_by_side(int8) << std::endl;  // before progress goes to stderr

    const Network before = as_function(model), after = as_function(int8);
    compare_accuracy(before, after, data.test, preprocess, pool, report);
    Pictures few = data.test;
    few.count = std::min<std::size_t>(few.count, 32);
    const std::vector<Tensor3> some = read_all(few, preprocess, pool);
    compare_latency(before, after, outputs, some.front(), o.latency_runs, pool, report);

    octet::ThreadPool alone(1);  // the executor that the network is compiled for
    if (o.profile)
        report.profile =
            octet::profile(int8, some.front().data(), octet::measure_machine<typename Int8::architecture>(), {}, alone);

    std::vector<const float*> pointers;
    for (const Tensor3& image : some) pointers.push_back(image.data());
    report.network = o.weights.stem().string();
    report.qconfig = QC::name;
    report.arch = Int8::architecture::name;
    report.machine = octet::machine_name();
    report.classes = int(outputs);
    report.float32.bytes = Model::tensors.floats * sizeof(float);
    report.int8.bytes = fs::file_size(int8_file);
    report.float32.parameter_bytes = Model::forward::parameters.bytes;
    report.int8.parameter_bytes = Int8::parameter_bytes;
    report.arena_bytes = Int8::arena_bytes;
    report.layers = octet::report_layers(int8, octet::layer_sqnr(model, int8, pointers));
    report.coverage_macs = octet::coverage_macs(report.layers);
    report.tensors = octet::report_tensors(int8.graph, int8.placement, calibrated.observers(), calibrated.qparams());
    report.findings = octet::findings(calibrated);
    report.hash = octet::model_hash(int8);

    octet::write_file_atomically(json, octet::to_json(report));
    octet::write_file_atomically(o.out / "report.html", octet::to_html(report));
    std::cout << octet::to_text(report) << "\nwritten: " << int8_file.string() << ", " << json.string() << ", "
              << (o.out / "report.html").string() << '\n';
    return 0;
}

}  // namespace quantizer
