#include "catch.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <octet/report/metrics.hpp>

namespace {
constexpr float quiet = std::numeric_limits<float>::quiet_NaN();
using Logits = std::vector<float>;
}  // namespace

TEST_CASE("argmax takes the first of the largest, and never NaN") {
    CHECK(octet::argmax(Logits{1, 3, 3, 2}) == 1);
    CHECK(octet::argmax(Logits{-5}) == 0);
    CHECK(octet::argmax(Logits{quiet, -7, quiet, -3}) == 3);
    CHECK(octet::argmax(Logits{2, quiet}) == 0);
    CHECK_THROWS_AS(octet::argmax(Logits{}), octet::Error);
}

TEST_CASE("top1 is the share of predictions that equal their label") {
    const std::array predictions{1, 2, 3, 4};
    CHECK(octet::top1(predictions, std::array{1, 2, 0, 0}) == 0.5);
    CHECK(std::isnan(octet::top1({}, {})));
    CHECK_THROWS_AS(octet::top1(predictions, std::array{1}), octet::Error);
}

TEST_CASE("SQNR is the ratio of energies in decibels") {
    octet::Sqnr sqnr;
    CHECK(std::isnan(sqnr.db()));
    sqnr.add(3, 3);
    CHECK(sqnr.db() == std::numeric_limits<double>::infinity());
    sqnr.add(4, 4.5f);  // 25 over 0.25
    CHECK(sqnr.db() == Approx(20));

    octet::Sqnr silent;
    silent.add(0, 1);
    CHECK(std::isnan(silent.db()));
    octet::Sqnr poisoned;
    poisoned.add(Logits{1, 1}, Logits{1, quiet});
    CHECK(std::isnan(poisoned.db()));
    CHECK_THROWS_AS(sqnr.add(Logits{1}, Logits{1, 2}), octet::Error);
}

TEST_CASE("SQNR accumulates in double: a million small errors are not lost") {
    octet::Sqnr sqnr;
    for (int i = 0; i < 1'000'000; ++i) sqnr.add(1.0f, 1.0f - 0x1p-10f);
    CHECK(sqnr.db() == Approx(20 * std::log10(1024.0)).epsilon(1e-12));
}

TEST_CASE("a comparison counts agreement apart from correctness") {
    octet::Comparison comparison;
    CHECK(std::isnan(comparison.agreement()));
    comparison.add(Logits{1, 0}, Logits{1, 0}, 0);  // both right
    comparison.add(Logits{1, 0}, Logits{1, 0}, 1);  // both wrong, but agreed
    comparison.add(Logits{1, 0}, Logits{0, 1}, 1);  // only int8 right
    octet::Comparison rest;
    rest.add(Logits{0, 1}, Logits{0, 1});  // nobody knows
    comparison.merge(rest);
    CHECK(comparison.images() == 4);
    CHECK(comparison.agreement() == 0.75);
    CHECK(comparison.float_top1() == Approx(1.0 / 3));
    CHECK(comparison.int8_top1() == Approx(2.0 / 3));
    CHECK(comparison.logit_sqnr_db() == Approx(10 * std::log10(4.0 / 2)));
    CHECK(std::isnan(rest.float_top1()));
}
