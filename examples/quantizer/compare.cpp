#include "compare.hpp"

#include <exception>
#include <mutex>
#include <octet/report/data_uri.hpp>
#include <octet/report/latency.hpp>
#include <octet/report/metrics.hpp>
#include <octet/report/progress.hpp>

namespace quantizer {

namespace {

// Calls f(i) for i in [0, count) on all threads; what a call throws is thrown here, once, at the end.
void parallel_for(octet::ThreadPool& pool, std::size_t count, const std::function<void(std::size_t)>& f) {
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

// A small picture for the report, with what it is and what both networks took it for.
octet::Example show(const octet::Image& picture, const std::string& label, const std::string& float32,
                    const std::string& int8) {
    return {octet::image_data_uri(picture.rgb, std::size_t(picture.width), std::size_t(picture.height)), label, float32,
            int8};
}

}  // namespace

std::vector<Tensor3> read_all(const Pictures& pictures, const Preparation& prepare, octet::ThreadPool& pool) {
    std::vector<Tensor3> tensors(pictures.count);
    parallel_for(pool, pictures.count, [&](std::size_t i) { tensors[i] = prepare(pictures.picture(i)); });
    return tensors;
}

void compare_accuracy(const Network& float32, const Network& int8, const Pictures& test, const Preparation& prepare,
                      octet::ThreadPool& pool, octet::Report& report) {
    struct Outcome {
        std::vector<float> float32, int8;
    };
    const Outcome blank{std::vector<float>(test.classes.size()), std::vector<float>(test.classes.size())};
    octet::Comparison comparison;
    octet::Progress progress("comparing  ", test.count);
    constexpr std::size_t at_once = 64;
    std::vector<Outcome> outcomes(at_once, blank);
    octet::ThreadPool alone(1);
    // A row of pictures from all over the set, and some of those on which the networks differ.
    constexpr std::size_t shown = 12;
    std::size_t differing = 0;
    for (std::size_t first = 0; first < test.count; first += at_once) {
        const std::size_t n = std::min(at_once, test.count - first);
        parallel_for(pool, n, [&](std::size_t i) {
            const Tensor3 image = prepare(test.picture(first + i));
            float32(image.data(), outcomes[i].float32.data(), alone);
            int8(image.data(), outcomes[i].int8.data(), alone);
        });
        for (std::size_t i = 0; i < n; ++i) {
            const int label = test.label(first + i);
            const auto& [f, q] = outcomes[i];
            comparison.add(f, q, label);
            const std::size_t float_choice = octet::argmax(f), int8_choice = octet::argmax(q);
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

void compare_latency(const Network& float32, const Network& int8, std::size_t outputs, const Tensor3& image, int runs,
                     octet::ThreadPool& pool, octet::Report& report) {
    octet::ThreadPool alone(1);
    std::vector<float> logits(outputs);
    const auto call = [&](const Network& network, octet::ThreadPool& threads) -> std::function<void()> {
        return [&] { network(image.data(), logits.data(), threads); };
    };
    const auto [f1, q1, fn, qn] = octet::measure_interleaved({.runs = runs}, call(float32, alone), call(int8, alone),
                                                             call(float32, pool), call(int8, pool));
    report.float32.one_thread = f1;
    report.float32.all_threads = fn;
    report.int8.one_thread = q1;
    report.int8.all_threads = qn;
    report.threads = pool.threads();
}

}  // namespace quantizer
