#include "catch.hpp"

#include <chrono>
#include <cmath>
#include <string>

#include <octet/report/latency.hpp>

namespace {

/// A clock that moves only when told.
struct Clock {
    using duration = std::chrono::duration<double>;
    using time_point = std::chrono::time_point<Clock, duration>;
    static time_point now() { return time_point(duration(seconds)); }
    static inline double seconds = 0;
};

}  // namespace

TEST_CASE("the median of an even count is the mean of the middle two") {
    CHECK(octet::summarize_latency({4, 1, 3, 2}).median_ms == 2.5);
    CHECK(octet::summarize_latency({9, 1, 5}).median_ms == 5);
    CHECK(octet::summarize_latency({9, 1, 5}).min_ms == 1);
    CHECK(std::isnan(octet::summarize_latency({}).median_ms));
}

TEST_CASE("warm-up calls are not counted") {
    int calls = 0;
    const auto f = [&] { Clock::seconds += ++calls <= 3 ? 1.0 : 0.002; };
    const auto latency = octet::measure_latency<Clock>(f, {.warm_up = 3, .runs = 5, .max_seconds = 100});
    CHECK(calls == 8);
    CHECK(latency.median_ms == Approx(2));
    CHECK(latency.min_ms == Approx(2));
}

TEST_CASE("measuring stops when the time is used up, after one counted call at least") {
    int calls = 0;
    const auto f = [&] { ++calls, Clock::seconds += 1.0; };
    octet::measure_latency<Clock>(f, {.warm_up = 0, .runs = 100, .max_seconds = 4.5});
    CHECK(calls == 5);
    calls = 0;
    CHECK(octet::measure_latency<Clock>(f, {.warm_up = 9, .runs = 9, .max_seconds = 0}).min_ms == Approx(1000));
    CHECK(calls == 2);
}

TEST_CASE("interleaved contenders take turns, and the start of a turn is not counted") {
    std::string order;
    // 'a' is slow whenever 'b' ran before it, as if its weights had left the cache
    const auto a = [&] { Clock::seconds += order.ends_with('b') ? 1.0 : 0.001, order += 'a'; };
    const auto b = [&] { Clock::seconds += 0.003, order += 'b'; };
    const octet::LatencyOptions options{.warm_up = 1, .runs = 3, .max_seconds = 100, .turn = 2, .settle = 1};
    const auto [first, second] = octet::measure_interleaved<Clock>(options, a, b);
    CHECK(order ==
          "ab"
          "aaa"
          "bbb"
          "aa"
          "bb");
    CHECK(first.median_ms == Approx(1));
    CHECK(second.median_ms == Approx(3));
}

TEST_CASE("interleaved: a slow contender uses up its own time only") {
    int fast = 0;
    const auto results = octet::measure_interleaved<Clock>(
        {.warm_up = 0, .runs = 20, .max_seconds = 1, .turn = 5, .settle = 0}, [] { Clock::seconds += 2.0; },
        [&] { ++fast, Clock::seconds += 0.001; });
    CHECK(fast == 20);
    CHECK(results[0].min_ms == Approx(2000));
}

TEST_CASE("the real clock moves") {
    volatile double x = 0;
    const auto latency = octet::measure_latency(
        [&] {
            for (int i = 0; i < 10000; ++i) x = x + i;
        },
        {.warm_up = 1, .runs = 5});
    CHECK(latency.min_ms > 0);
    CHECK(latency.median_ms >= latency.min_ms);
}
