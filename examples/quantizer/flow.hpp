// The whole idea in one function: load, prepare, calibrate, convert, save, load again, compare, report.
#pragma once

#include <algorithm>
#include <iostream>
#include <octet/multiarch/chosen.hpp>
#include <octet/octet.hpp>
#include <octet/report/machine.hpp>
#include <octet/report/model_report.hpp>
#include <octet/report/profile.hpp>

#include "session.hpp"

namespace quantizer {

/// `model` as a function. It must stay where it is.
template <class Model>
Network as_function(const Model& model) {
    return [&model](const float* image, float* outputs, octet::ThreadPool& pool) {
        thread_local octet::Workspace<typename Model::forward> workspace;
        const auto logits = model.run(image, workspace, pool);
        std::copy_n(logits.data(), logits.size(), outputs);
    };
}

/// Quantizes `file`, the float weights of `Net`, under qconfig `QC`, and reports. Returns the exit code.
template <class Net, class QC>
[[gnu::cold]] int flow(const Options& o, const Defaults& defaults, const octet::TensorFile& file) {
    using Model = octet::FloatModel<Net, octet::arch::chosen>;
    using Int8 = octet::QuantizedModel<Net, QC, octet::arch::chosen>;
    const auto model = octet::load<Model>(file);
    Session session(o, defaults, file, Model::input_shape, int(Model::output_shape.size()));

    auto prepared = octet::prepare<QC>(model);
    const auto calibrated =
        octet::calibrate(std::move(prepared), session.calibration_images(),
                         {.progress = [&](int images) { session.calibrated(images); }}, session.pool);
    octet::save(octet::convert(calibrated), session.int8_file);

    // From here on only the file counts: no prepare, no float model is needed to run it.
    const auto int8 = octet::load<Int8>(read(session.int8_file));
    if (o.print) std::cout << octet::side_by_side(int8) << std::endl;  // before progress goes to stderr

    session.compare(as_function(model), as_function(int8));

    octet::Report& report = session.report;
    if (o.profile)
        report.profile =
            octet::profile(int8, session.some_images().front(), octet::measure_machine<octet::arch::chosen>());
    report.qconfig = QC::name;
    report.arch = Int8::tables().architecture;
    report.float32.bytes = Model::tensors.floats * sizeof(float);
    report.float32.parameter_bytes = Model::tables().parameter_bytes;
    report.int8.parameter_bytes = Int8::tables().parameter_bytes;
    report.arena_bytes = Int8::tables().arena_bytes;
    report.layers = octet::report_layers(int8, octet::layer_sqnr(model, int8, session.some_images()));
    report.coverage_macs = octet::coverage_macs(report.layers);
    report.tensors = octet::report_tensors(calibrated);
    report.findings = octet::findings(calibrated);
    report.hash = octet::model_hash(int8);
    return session.finish();
}

}  // namespace quantizer
