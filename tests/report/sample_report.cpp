// Writes a plausible report.html, for the test that opens it in a browser, and for whoever works on how it looks.
//
//     sample_report FILE [--broken-script | --no-plots | --hostile | --empty]
//
// --broken-script and --no-plots spoil the page so that the check must fail; --hostile gives everything names
// that look like markup; --empty is a report of which nothing was measured. Prints how many plots there are.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <octet/report/data_uri.hpp>
#include <octet/report/html_report.hpp>
#include <octet/report/text_report.hpp>

namespace {

octet::TensorHistogram histogram(const std::string& name, bool positive, double spread, std::mt19937& random) {
    octet::TensorHistogram h{.name = name, .counts = std::vector<double>(2048)};
    std::normal_distribution<double> normal(0.0, spread);
    std::vector<double> values(60000);
    double low = 0, high = 0;
    for (double& value : values) {
        value = normal(random) * (1 + 0.35 * std::abs(normal(random)) / spread);  // a heavier tail
        if (positive && value < 0) value = 0;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    for (const double value : values)
        ++h.counts[std::min<std::size_t>(2047, static_cast<std::size_t>((value - low) / (high - low) * 2048))];
    h.min = static_cast<float>(low);
    h.max = static_cast<float>(high);
    const double from = low * 0.83, to = high * 0.78;
    h.scale = static_cast<float>((to - from) / 255);
    h.zero_point = static_cast<int>(std::lround(-from / static_cast<double>(h.scale)));
    h.range_min = h.scale * static_cast<float>(-h.zero_point);
    h.range_max = h.scale * static_cast<float>(255 - h.zero_point);
    return h;
}

std::string picture(int kind) {  // a flower of sorts
    constexpr int side = 128;
    std::vector<std::uint8_t> rgb;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const double u = x - 64 - 4 * (kind % 3), v = y - 60, r = std::hypot(u, v);
            const double petal = 34 + 15 * std::cos((5 + kind) * std::atan2(v, u));
            const bool heart = r < 12, flower = r < petal;
            rgb.push_back(static_cast<std::uint8_t>(heart ? 240 : flower ? 235 - 40 * (kind % 4) : 60 + y / 4));
            rgb.push_back(static_cast<std::uint8_t>(heart ? 190 : flower ? 90 + 30 * (kind % 5) : 110 + y / 3));
            rgb.push_back(static_cast<std::uint8_t>(heart ? 50 : flower ? 80 + 50 * (kind % 3) : 70));
        }
    return octet::image_data_uri(rgb, side, side);
}

octet::Report sample() {
    std::mt19937 random(8);
    octet::Report report{.network = "ResNet18, flowers",
                         .qconfig = "x86",
                         .arch = "avx512vnni",
                         .machine = "AMD EPYC 9B45, 4.1 GHz",
                         .threads = 4,
                         .images = 1000,
                         .classes = 16};
    report.float32 = {.top1 = 0.914,
                      .one_thread = {15.12, 14.78},
                      .all_threads = {4.31, 4.11},
                      .bytes = 44'826'880,
                      .parameter_bytes = 44'900'000};
    report.int8 = {.top1 = 0.911,
                   .one_thread = {3.86, 3.79},
                   .all_threads = {1.19, 1.12},
                   .bytes = 11'312'904,
                   .parameter_bytes = 11'500'000};
    report.agreement = 0.984;
    report.logit_sqnr_db = 31.27;
    report.arena_bytes = 1'003'520;
    report.coverage_macs = 99.97;
    report.hash = "9f86d081884c7d659a2feaa0c55ad015";
    std::uniform_real_distribution<double> wobble(-2.5, 2.5);
    report.profile.machine = {540, 270, {{{1 << 20, 190}, {32 << 20, 70}, {.gb_per_s = 24}}}};
    const auto layer = [&](const std::string& name, const std::string& type, int side, int channels,
                           std::uint64_t macs) {
        octet::LayerProfile step{name, type, macs ? "direct" : "", {.macs = macs}};
        step.work.weight_bytes = macs == 0 ? 0 : std::uint64_t(9 * channels * channels);
        step.work.activation_bytes = std::uint64_t(2 * side * side * channels);
        step.best = octet::roofline(step.work, report.profile.machine, 11 << 20);
        step.us = step.best.us * (1.2 + 0.1 * std::abs(wobble(random))) + 1;
        report.profile.layers.push_back(step);
        const double db =
            38 - 0.55 * static_cast<double>(report.layers.size()) + wobble(random) - (type == "add" ? 2 : 0);
        const bool positive = type == "add" || name.ends_with("conv1");
        report.tensors.push_back(histogram(name, positive, 0.4 + 0.1 * std::abs(wobble(random)), random));
        report.layers.push_back(
            {.name = name,
             .type = type,
             .shape = side == 1 ? std::to_string(channels)
                                : std::to_string(side) + "x" + std::to_string(side) + "x" + std::to_string(channels),
             .sqnr_db = db,
             .scale = report.tensors.back().scale,
             .zero_point = report.tensors.back().zero_point,
             .macs = macs});
    };
    report.tensors.push_back(histogram("input", false, 1.1, random));
    layer("conv1", "conv2d", 112, 64, 118'013'952);
    for (int stage = 1; stage <= 4; ++stage)
        for (int block = 0; block < 2; ++block) {
            const std::string name = "layer" + std::to_string(stage) + "." + std::to_string(block);
            const int side = 112 >> stage, channels = 32 << stage;
            const bool first = stage > 1 && block == 0;
            if (first) layer(name + ".downsample.0", "conv2d", side, channels, 6'422'528);
            layer(name + ".conv1", "conv2d", side, channels, first ? 57'802'752 : 115'605'504);
            layer(name + ".conv2", "conv2d", side, channels, 115'605'504);
            layer(name + ".add", "add", side, channels, 0);
        }
    layer("fc", "linear", 1, 16, 8'192);
    report.layers.back().int8 = false;
    report.findings = {
        {"fc", "left in float", "QConfigMapping says so: 0.03 % of the MACs."},
        {"layer2.1.conv2", "dead channel", "Channels 17 and 94 of 128 have only zero weights; their scale is 1."},
        {"layer3.0.conv1", "saturated weight", "2 of 294,912 weights lie at -128 or 127 after rounding."},
        {"conv1", "clipped range", "0.02 % of the values calibration saw lie above 2.64."}};
    for (int i = 0; i < 8; ++i) {
        const std::vector<std::string> kinds{"daisy", "tulip", "rose", "sunflower", "dandelion"};
        const std::string truth = kinds[static_cast<std::size_t>(i) % 5];
        report.examples.push_back({picture(i), truth, i == 6 ? "rose" : truth, i == 3 || i == 6 ? "rose" : truth});
    }
    return report;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2)
        return std::fputs("usage: sample_report FILE [--broken-script | --no-plots | --hostile | --empty]\n", stderr),
               2;
    const std::string_view mode = argc > 2 ? argv[2] : "";
    octet::Report report = sample();
    if (mode == "--empty") report = {.network = "nothing measured"};
    if (mode == "--hostile") {
        const std::string name = "</script></title><script>throw 1</script><img src=x onerror=throw(2)>\"'&";
        report.network = report.machine = report.hash = report.qconfig = report.layers[2].name = report.layers[2].type =
            report.profile.layers[3].name = report.profile.layers[3].type = name;
        report.tensors[1].name = report.findings[0].kind = report.findings[0].detail = report.examples[0].label = name;
        report.examples[1].image = "https://example.org/a.png";
    }
    std::string html = octet::to_html(report);
    if (mode == "--broken-script") replace(html, "for (const element of document", "for (const element off document");
    if (mode == "--no-plots") replace(html, "<svg", "<svg style=\"display:none\"");
    if (!(std::ofstream(argv[1], std::ios::binary) << html)) return std::perror(argv[1]), 1;
    std::printf("%zu\n", report.tensors.size() + (report.layers.empty() ? 0 : 2) + (mode == "--empty" ? 0 : 3));
    if (mode.empty()) std::fputs(octet::to_text(report).c_str(), stderr);
}
