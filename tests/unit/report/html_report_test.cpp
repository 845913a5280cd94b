#include "catch.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <octet/report/data_uri.hpp>
#include <octet/report/html_report.hpp>

namespace {

constexpr float quiet = std::numeric_limits<float>::quiet_NaN();

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
    return n;
}

octet::TensorHistogram some_histogram(std::size_t bins) {
    octet::TensorHistogram h{.name = "t",
                             .min = -4,
                             .max = 4,
                             .counts = std::vector<double>(bins),
                             .range_min = -2,
                             .range_max = 2,
                             .scale = 4 / 255.f,
                             .zero_point = 128};
    for (std::size_t i = 0; i < bins; ++i) h.counts[i] = static_cast<double>((i * 7919) % 100000);
    return h;
}

/// No number reached the page that is none.
void check_numbers(const std::string& html) {
    const std::string_view body = std::string_view(html).substr(
        html.find("<body>"), html.find("<script>", html.find("<body>")) - html.find("<body>"));
    CHECK(count(body, "nan") == 0);
    CHECK(count(body, "inf\"") + count(body, "inf%") + count(body, "inf ") == 0);
    for (const char* attribute : {"x", "x1", "x2", "width", "viewBox", "data-axis", "data-low", "data-high"})
        CHECK(count(body, std::string(" ") + attribute + "=\"–") == 0);
    CHECK(count(body, "M–") + count(body, "V–") + count(body, "0 –") == 0);
    CHECK(count(body, ",–") == 0);
}

}  // namespace

TEST_CASE("bins are added up, none is lost, empty ends are cut off") {
    octet::TensorHistogram h{.min = 0, .max = 2048, .counts = std::vector<double>(2048)};
    for (std::size_t i = 100; i < 1100; ++i) h.counts[i] = 1;
    const octet::PlotBins bins = octet::rebin(h, 256);
    CHECK(bins.counts.size() == 250);
    CHECK(bins.low == 100);
    CHECK(bins.high == 1100);
    CHECK(bins.width() == 4);
    CHECK(std::accumulate(bins.counts.begin(), bins.counts.end(), 0.0) == 1000);

    const octet::PlotBins odd = octet::rebin(h, 300);  // 4 together do, so 250 bins again
    CHECK(odd.counts.size() <= 300);
    h.counts[1100] = 5;
    const octet::PlotBins more = octet::rebin(h, 256);
    CHECK(more.counts.size() == 251);
    CHECK(more.counts.back() == 5);
    CHECK(more.width() == 4);
}

TEST_CASE("a histogram of nothing has no bins") {
    CHECK(octet::rebin({}, 128).counts.empty());
    CHECK(octet::rebin({.min = 1, .max = 1, .counts = {5}}, 128).counts.empty());
    CHECK(octet::rebin({.min = 0, .max = 1, .counts = {0, 0}}, 128).counts.empty());
    CHECK(octet::rebin({.min = quiet, .max = 1, .counts = {1}}, 128).counts.empty());
    CHECK(octet::clipped_fraction({}) == 0);
}

TEST_CASE("the clipped share counts a cut bin in proportion") {
    octet::TensorHistogram h{.min = 0, .max = 4, .counts = {1, 1, 1, 1}, .range_min = 0, .range_max = 4};
    CHECK(octet::clipped_fraction(h) == 0);
    h.range_max = 2.5f;
    CHECK(octet::clipped_fraction(h) == Approx(1.5 / 4));
    h.range_min = 10, h.range_max = 11;
    CHECK(octet::clipped_fraction(h) == 1);
}

TEST_CASE("the page has every plot and fetches nothing") {
    octet::Report report{.network = "net", .threads = 4, .images = 1000};
    report.layers = {{.name = "conv1", .type = "conv2d", .shape = "8x8x8", .sqnr_db = 20},
                     {.name = "fc", .type = "linear", .sqnr_db = 30, .int8 = false}};
    report.tensors = {some_histogram(2048), some_histogram(100)};
    report.examples = {{"data:image/png;base64,AA==", "rose", "rose", "tulip"},
                       {"https://example.org/a.png", "x", "x", "x"}};
    CHECK(count(octet::to_html(report), "data-plot=\"") == 6);  // latency, size, coverage, layers, two tensors
    report.profile.layers = {{.name = "conv1", .type = "Conv2d", .us = 12}, {.name = "pool"}};
    const std::string html = octet::to_html(report);
    CHECK(count(html, "data-plot=\"") == 7);
    CHECK(count(html, "<img") == 1);
    for (const char* outside :
         {"http:", "https:", "//example", "@import", "url(h", "<link rel=\"stylesheet\"", "<script src"})
        CHECK(count(html, outside) == 0);
    CHECK(count(html, "default-src 'none'") == 1);
    for (const char* tag : {"div", "section", "figure", "svg", "table", "tr", "td", "th", "span", "clipPath", "script",
                            "style", "p", "dl"})
        CHECK(count(html, std::string("<") + tag + " ") + count(html, std::string("<") + tag + ">") ==
              count(html, std::string("</") + tag + ">"));
}

TEST_CASE("names that look like markup stay names") {
    const std::string name = "</script><img src=x onerror=alert(1)>\"'&.";
    octet::Report report{.network = name, .qconfig = name, .arch = name, .machine = name, .hash = name};
    report.layers = {{.name = name, .type = name, .shape = name, .sqnr_db = 1}};
    report.tensors = {some_histogram(10)};
    report.tensors[0].name = name;
    report.profile.layers = {{.name = name, .type = name, .algorithm = name}};
    report.findings = {{name, name, name}};
    report.examples = {{"data:image/png;base64,\"><script>", name, name, name}};
    const std::string html = octet::to_html(report);
    CHECK(count(html, "<script") == 2);
    CHECK(count(html, "</script>") == 2);
    CHECK(count(html, "<img") == 1);
    CHECK(count(html, "onerror=alert(1)&gt;&quot;&#39;&amp;") > 10);
}

TEST_CASE("what is not a number breaks no plot") {
    octet::Report report{.network = "net", .threads = 2};
    report.float32.one_thread = {std::numeric_limits<double>::infinity(), -1};
    report.layers = {{.name = "a"},
                     {.name = "b", .sqnr_db = -3},
                     {.name = "c", .sqnr_db = std::numeric_limits<double>::infinity(), .scale = quiet}};
    report.profile.layers = {{.us = quiet}, {.us = 0}, {.work = {.macs = 1}, .us = 0}};
    report.profile.machine.memory = {};
    report.tensors = {{}, some_histogram(8), some_histogram(8), some_histogram(8), some_histogram(1)};
    report.tensors[1].counts = {1, static_cast<double>(quiet), -5, std::numeric_limits<double>::infinity(), 2, 0, 0, 0};
    report.tensors[2].range_min = quiet;
    report.tensors[3].scale = quiet;
    check_numbers(octet::to_html(report));
    check_numbers(octet::to_html({}));
}

TEST_CASE("thirty tensors of 2048 bins stay far below a megabyte") {
    octet::Report report{.network = "net"};
    for (int i = 0; i < 30; ++i) report.tensors.push_back(some_histogram(2048));
    CHECK(octet::to_html(report).size() < 200'000);
}

TEST_CASE("many findings: all are on the page") {
    octet::Report report;
    for (int i = 0; i < 40; ++i) report.findings.push_back({"layer" + std::to_string(i), "dead channel", "d"});
    const std::string html = octet::to_html(report);
    CHECK(count(html, "<b>dead channel</b>") == 40);
    CHECK(count(html, "28 more") == 1);
}

TEST_CASE("the axis of decibels has few, round steps") {
    const auto axis = [](double db) { return octet::detail::DbAxis(std::vector<octet::LayerReport>{{.sqnr_db = db}}); };
    CHECK(axis(octet::not_measured).end == 10);
    CHECK(axis(38).end == 40);
    CHECK(axis(75).end == 80);
    CHECK(axis(1e300).labels().size() < 5000);
}

TEST_CASE("a picture becomes a bitmap in a URI") {
    const std::vector<std::uint8_t> red_blue{255, 0, 0, 0, 0, 255};
    // 54 bytes of header, then one row: blue green red twice, two bytes of padding
    CHECK(octet::image_data_uri(red_blue, 2, 1) ==
          "data:image/bmp;base64,Qk0+AAAAAAAAADYAAAAoAAAAAgAAAAEAAAABABgAAAAAAAgAAAATCwAAEwsAAAAAAAAAAAAAAAD//wAAAAA=");
    CHECK(octet::detail::base64("") == "");
    CHECK(octet::detail::base64("f") == "Zg==");
    CHECK(octet::detail::base64("fo") == "Zm8=");
    CHECK(octet::detail::base64("foobar") == "Zm9vYmFy");
    const std::vector<std::uint8_t> large(300 * 200 * 3, 77);
    CHECK(octet::image_data_uri(large, 300, 200, 96).size() ==
          octet::image_data_uri(std::vector<std::uint8_t>(96 * 64 * 3), 96, 64).size());
    CHECK_THROWS_AS(octet::image_data_uri(red_blue, 3, 1), octet::Error);
    CHECK_THROWS_AS(octet::image_data_uri({}, 0, 0), octet::Error);
}
