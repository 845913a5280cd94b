#include "catch.hpp"

#include <clocale>
#include <limits>
#include <string>

#include <octet/report/format.hpp>
#include <octet/report/text_report.hpp>

using namespace octet::detail;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
}

TEST_CASE("numbers are written for people") {
    CHECK(format_count(0) == "0");
    CHECK(format_count(999) == "999");
    CHECK(format_count(1000) == "1,000");
    CHECK(format_count(1234567) == "1,234,567");
    CHECK(format_bytes(0) == "–");
    CHECK(format_bytes(1023) == "1023 B");
    CHECK(format_bytes(1003520) == "980.0 KiB");
    CHECK(format_bytes(11312904) == "10.79 MiB");
    CHECK(format_percent(0.914) == "91.40 %");
    CHECK(format_points(-0.002) == "-0.20 pt");
    CHECK(format_points(0.002) == "+0.20 pt");
    CHECK(format_points(-1e-9) == "0.00 pt");
    CHECK(format_ms(0.1234) == "0.123 ms");
    CHECK(format_times(0.5, "faster", "slower") == "2.00x slower");
    CHECK(format_general(-0.0) == "0");
    CHECK(format_fixed(1e300, 1).size() == 303);
}

TEST_CASE("what is not a number is a dash") {
    for (const double value : {octet::not_measured, inf, -inf}) {
        CHECK(format_fixed(value, 2) == "–");
        CHECK(format_percent(value) == "–");
        CHECK(format_db(value) == "–");
        CHECK(format_ms(value) == "–");
        CHECK(format_points(value).ends_with("–"));
        CHECK(format_general(value) == "–");
        CHECK(format_times(value, "faster", "slower") == "–");
    }
    CHECK(format_points(octet::not_measured) == "–");
}

TEST_CASE("the locale of the program changes nothing") {
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, name)) CHECK(format_fixed(1.5, 1) == "1.5");
    std::setlocale(LC_ALL, "C");
}

TEST_CASE("the five worst layers, the worst first, only where there is a number") {
    octet::Report report;
    for (const double db : {30.0, octet::not_measured, 10.0, inf, 20.0, 25.0, 10.0, 40.0})
        report.layers.push_back({.sqnr_db = db});
    CHECK(octet::worst_layers(report) == std::vector<std::size_t>{2, 6, 4, 5, 0});
    CHECK(octet::worst_layers(report, 1) == std::vector<std::size_t>{2});
    CHECK(octet::worst_layers({}).empty());
}

TEST_CASE("the table holds everything, aligned") {
    octet::Report report{.network = "net",
                         .qconfig = "x86",
                         .arch = "generic",
                         .machine = "a machine",
                         .threads = 4,
                         .images = 1000,
                         .classes = 16};
    report.float32 = {.top1 = 0.914, .one_thread = {15, 14}, .all_threads = {4, 3}, .bytes = 44 << 20};
    report.int8 = {.top1 = 0.911, .one_thread = {3, 2.8}, .all_threads = {1, 0.75}, .bytes = 11 << 20};
    report.agreement = 0.984;
    report.float32.parameter_bytes = 45 << 20;
    report.int8.parameter_bytes = 90 << 20;
    report.logit_sqnr_db = 31.26;
    report.arena_bytes = 1003520;
    report.coverage_macs = 99.97;
    report.layers = {{.name = "conv1",
                      .type = "conv2d",
                      .shape = "56x56x64",
                      .sqnr_db = 21.04,
                      .scale = 0.0187f,
                      .zero_point = 114}};
    report.findings = {{"fc", "left in float", "because"}};
    CHECK(octet::to_text(report) == R"(net: 1,000 images of 16 classes, x86, generic, 4 threads
a machine

                        float       int8           change
─────────────────────────────────────────────────────────
top-1                 91.40 %    91.10 %         -0.30 pt
agreement                        98.40 %
logit SQNR                       31.3 dB
latency, 1 thread    15.00 ms    3.00 ms     5.00x faster
  fastest run        14.00 ms    2.80 ms     5.00x faster
latency, 4 threads    4.00 ms    1.00 ms     4.00x faster
  fastest run         3.00 ms   0.750 ms     4.00x faster
file size           44.00 MiB  11.00 MiB    4.00x smaller
packed weights      45.00 MiB  90.00 MiB     2.00x larger
arena                          980.0 KiB  1,003,520 bytes
int8 coverage                    99.97 %          of MACs

lowest SQNR  type    output       SQNR   scale  zero point
──────────────────────────────────────────────────────────
conv1        conv2d  56x56x64  21.0 dB  0.0187         114

finding        layer
─────────────────────────────
left in float  fc     because
)");
}

TEST_CASE("a profile is part of the text") {
    octet::Report report{.network = "net"};
    CHECK(octet::to_text(report).find("at best") == std::string::npos);
    report.profile.layers = {{.name = "conv1", .us = 12}};
    CHECK(octet::to_text(report).find("at best") != std::string::npos);
}

TEST_CASE("a report of nothing is dashes") {
    const std::string text = octet::to_text({.network = "net"});
    CHECK(text.find("nan") == std::string::npos);
    CHECK(text.find("inf") == std::string::npos);
    CHECK(text.find("top-1") != std::string::npos);
    CHECK(text.find("–") != std::string::npos);
}
