// How long one call takes, on a machine that also does other things: calls that warm caches and clocks up
// are not counted, of the rest the median is what to expect and the minimum what the code can do.
//
// Two things measured one after the other see two different machines. measure_interleaved therefore takes
// turns. A turn starts with calls that are not counted, because the contender before it has just thrown
// this one's weights out of the cache, which would charge the small network for the big one.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "report.hpp"

namespace octet {

/// How long to measure.
struct LatencyOptions {
    int warm_up = 10;         ///< calls before anything is counted
    int runs = 100;           ///< calls that are counted, at most
    double max_seconds = 20;  ///< per contender: stop earlier when this is used up (at least one call is counted)
    int turn = 10;            ///< interleaved: counted calls before the next contender's turn
    int settle = 1;           ///< interleaved: calls at the start of each turn that are not counted
};

/// Median (of an even count, the mean of the middle two) and minimum.
inline Latency summarize_latency(std::vector<double> milliseconds) {
    if (milliseconds.empty()) return {};
    std::sort(milliseconds.begin(), milliseconds.end());
    const std::size_t n = milliseconds.size();
    return {.median_ms = (milliseconds[(n - 1) / 2] + milliseconds[n / 2]) / 2, .min_ms = milliseconds.front()};
}

namespace detail {

/// The calls of one contender.
template <class Clock>
class LatencySamples {
public:
    /// Calls `f` up to `calls` times, counting each or none. At least one call is made.
    template <class F>
    void run(F& f, int calls, bool count, const LatencyOptions& options) {
        for (int i = 0; i == 0 || (i < calls && seconds_ < options.max_seconds); ++i) {
            const auto start = Clock::now();
            f();
            const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
            seconds_ += seconds;
            if (count) milliseconds_.push_back(seconds * 1e3);
        }
    }
    /// Warms up, on at most a third of the time, and forgets how long that took.
    template <class F>
    void warm_up(F& f, const LatencyOptions& options) {
        if (options.warm_up <= 0) return;
        LatencyOptions third = options;
        third.max_seconds /= 3;
        run(f, options.warm_up, false, third);
        seconds_ = 0;
    }
    bool done(const LatencyOptions& options) const {
        return !milliseconds_.empty() && (missing(options) == 0 || seconds_ >= options.max_seconds);
    }
    int missing(const LatencyOptions& options) const {
        return std::max(0, options.runs - static_cast<int>(milliseconds_.size()));
    }
    Latency result() const { return summarize_latency(milliseconds_); }

private:
    std::vector<double> milliseconds_;
    double seconds_ = 0;
};

}  // namespace detail

/// Times `f()`.
template <class Clock = std::chrono::steady_clock, class F>
Latency measure_latency(F&& f, const LatencyOptions& options = {}) {
    detail::LatencySamples<Clock> samples;
    samples.warm_up(f, options);
    samples.run(f, options.runs, true, options);
    return samples.result();
}

/// Times several callables in turns, so that all of them see the same machine. One result each, in order.
template <class Clock = std::chrono::steady_clock, class... F>
std::array<Latency, sizeof...(F)> measure_interleaved(const LatencyOptions& options, F&&... contenders) {
    std::array<detail::LatencySamples<Clock>, sizeof...(F)> samples;
    const auto for_each = [&](auto&& step) {
        std::size_t i = 0;
        (step(samples[i++], contenders), ...);
    };
    for_each([&](auto& mine, auto& f) { mine.warm_up(f, options); });
    for (bool all_done = false; !all_done;) {
        all_done = true;
        for_each([&](auto& mine, auto& f) {
            if (mine.done(options)) return;
            if (options.settle > 0) mine.run(f, options.settle, false, options);
            mine.run(f, std::min(std::max(1, options.turn), mine.missing(options)), true, options);
            all_done = all_done && mine.done(options);
        });
    }
    std::array<Latency, sizeof...(F)> results;
    std::transform(samples.begin(), samples.end(), results.begin(), [](const auto& mine) { return mine.result(); });
    return results;
}

}  // namespace octet
