// Float against int8: accuracy and agreement over the test pictures, SQNR layer by layer, latency.
#pragma once

#include <exception>
#include <mutex>
#include <octet/io/preprocess.hpp>
#include <octet/octet.hpp>
#include <octet/report/data_uri.hpp>
#include <octet/report/latency.hpp>
#include <octet/report/model_report.hpp>
#include <octet/report/progress.hpp>
#include <vector>

#include "images.hpp"

namespace quantizer {

using Tensor3 = xt::xtensor<float, 3>;

/// Calls f(i) for i in [0, count) on all threads; what a call throws is thrown here, once, at the end.
template <class F>
void parallel_for(octet::ThreadPool& pool, std::size_t count, F f) {
    std::exception_ptr thrown;
    std::mutex guard;
    pool.for_each(int(count), [&](int begin, int end) {
        try {
            for (int i = begin; i < end; ++i) f(std::size_t(i));
        } catch (...) {
            const std::scoped_lock lock(guard);
            if (!thrown) thrown = std::current_exception();
        }
    });
    if (thrown) std::rethrow_exception(thrown);
}

/// All pictures as tensors.
inline std::vector<Tensor3> read_all(const Pictures& pictures, const octet::Preprocess& preprocess,
                                     octet::ThreadPool& pool) {
    std::vector<Tensor3> tensors(pictures.count);
    parallel_for(pool, pictures.count, [&](std::size_t i) { tensors[i] = preprocess(pictures.picture(i)); });
    return tensors;
}

/// A small picture for the report, with what it is and what both networks took it for.
inline octet::Example show(const octet::Image& picture, const std::string& label, const std::string& float32,
                           const std::string& int8) {
    return {octet::image_data_uri(picture.rgb, std::size_t(picture.width), std::size_t(picture.height)), label, float32,
            int8};
}

/// Runs both networks over the test pictures, many at a time, and fills in accuracy, agreement and a few
/// pictures with what both networks took them for.
template <class Net, class Precision, class Numerics, class Arch>
void compare_accuracy(const octet::FloatModel<Net, Arch>& reference,
                      const octet::Int8Program<Net, Precision, Numerics, Arch>& int8, const Pictures& test,
                      const octet::Preprocess& preprocess, octet::ThreadPool& pool, octet::Report& report) {
    using Float = octet::FloatModel<Net, Arch>;
    using Int8 = octet::Int8Program<Net, Precision, Numerics, Arch>;
    struct Outcome {
        typename Float::Logits float32;
        typename Int8::Logits int8;
    };
    octet::Comparison comparison;
    octet::Progress progress("comparing  ", test.count);
    constexpr std::size_t at_once = 64;
    std::vector<Outcome> outcomes(at_once);
    // A row of pictures from all over the set, and some of those on which the networks differ.
    constexpr std::size_t shown = 12;
    std::size_t differing = 0;
    for (std::size_t first = 0; first < test.count; first += at_once) {
        const std::size_t n = std::min(at_once, test.count - first);
        parallel_for(pool, n, [&](std::size_t i) {
            thread_local octet::Workspace<typename Float::forward> float_space;
            thread_local octet::Workspace<typename Int8::forward> int8_space;
            octet::Serial serial;
            const Tensor3 image = preprocess(test.picture(first + i));
            outcomes[i] = {reference.run(image.data(), float_space, serial),
                           int8.run(image.data(), int8_space, serial)};
        });
        for (std::size_t i = 0; i < n; ++i) {
            const int label = test.label(first + i);
            const auto &f = outcomes[i].float32, &q = outcomes[i].int8;
            comparison.add({f.data(), f.size()}, {q.data(), q.size()}, label);
            const std::size_t float_choice = octet::argmax({f.data(), f.size()});
            const std::size_t int8_choice = octet::argmax({q.data(), q.size()});
            const bool in_the_row = (first + i) % (test.count / shown + 1) == 0;
            const bool telling = float_choice != int8_choice && differing++ < shown / 2;
            if (report.examples.size() < 2 * shown && (in_the_row || telling))
                report.examples.push_back(show(test.picture(first + i), test.classes[std::size_t(label)],
                                               test.classes[float_choice], test.classes[int8_choice]));
        }
        progress.advance(n);
    }
    report.images = int(comparison.images());
    report.float32.top1 = comparison.float_top1();
    report.int8.top1 = comparison.int8_top1();
    report.agreement = comparison.agreement();
    report.logit_sqnr_db = comparison.logit_sqnr_db();
}

/// Latency of one image, both networks in turn: on one thread, and on all of `pool`.
template <class Net, class Precision, class Numerics, class Arch>
void compare_latency(octet::FloatModel<Net, Arch>& reference, octet::Int8Program<Net, Precision, Numerics, Arch>& int8,
                     const Tensor3& image, int runs, octet::ThreadPool& pool, octet::Report& report) {
    octet::Serial serial;
    const auto [f1, q1, fn, qn] = octet::measure_interleaved(
        {.runs = runs}, [&] { reference(image, serial); }, [&] { int8(image, serial); },
        [&] { reference(image, pool); }, [&] { int8(image, pool); });
    report.float32.one_thread = f1;
    report.float32.all_threads = fn;
    report.int8.one_thread = q1;
    report.int8.all_threads = qn;
    report.threads = pool.threads();
}

}  // namespace quantizer
