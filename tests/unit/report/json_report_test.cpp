#include "catch.hpp"

#include <limits>
#include <string>

#include <octet/report/json_report.hpp>

TEST_CASE("report.json has what programs look for, under these names") {
    octet::Report report{
        .network = "net", .qconfig = "x86", .arch = "avx2", .threads = 8, .images = 1000, .classes = 16};
    report.float32 = {.top1 = 0.914, .one_thread = {15, 14}, .all_threads = {4, 3}, .bytes = 44};
    report.int8 = {.top1 = 0.911, .one_thread = {3, 2.5}, .all_threads = {1, 0.5}, .bytes = 11};
    report.agreement = 0.984;
    report.logit_sqnr_db = 31.25;
    report.arena_bytes = 5'000'000'000;
    report.coverage_macs = 99.5;
    report.layers = {
        {.name = "conv1", .type = "conv2d", .sqnr_db = 21.5, .scale = 0.1f, .zero_point = -3, .macs = 7, .int8 = true}};
    report.findings = {{"fc", "left in float", "because"}};
    report.tensors = {{.name = "conv1",
                       .min = -1,
                       .max = 1,
                       .counts = {1, 1, 1, 1},
                       .range_min = -1,
                       .range_max = 0.5f,
                       .scale = 0.1f}};

    const auto json = nlohmann::json::parse(octet::to_json(report));
    CHECK(json["float"]["top1"] == 0.914);
    CHECK(json["int8"]["top1"] == 0.911);
    CHECK(json["agreement"] == 0.984);
    CHECK(json["logit_sqnr_db"] == 31.25);
    CHECK(json["float"]["latency_ms"]["1"]["median"] == 15.0);
    CHECK(json["float"]["latency_ms"]["all"]["min"] == 3.0);
    CHECK(json["int8"]["latency_ms"]["1"]["min"] == 2.5);
    CHECK(json["int8"]["latency_ms"]["all"]["median"] == 1.0);
    CHECK(json["float"]["bytes"] == 44);
    CHECK(json["int8"]["bytes"] == 11);
    CHECK(json["arena_bytes"] == 5'000'000'000);
    CHECK(json["coverage_macs"] == 99.5);
    CHECK(json["images"] == 1000);
    CHECK(json["classes"] == 16);
    CHECK(json["qconfig"] == "x86");
    CHECK(json["arch"] == "avx2");
    CHECK(json["threads"] == 8);
    const auto& layer = json["layers"][0];
    CHECK(layer["name"] == "conv1");
    CHECK(layer["type"] == "conv2d");
    CHECK(layer["sqnr_db"] == 21.5);
    CHECK(layer["scale"] == 0.1);  // not 0.10000000149011612
    CHECK(layer["zero_point"] == -3);
    CHECK(layer["int8"] == true);
    CHECK(json["findings"][0]["kind"] == "left in float");
    CHECK(json["tensors"][0]["clipped"] == 0.25);
    CHECK(json["profile"].is_null());
}

TEST_CASE("report.json has the profile, if one was taken") {
    octet::Report report;
    report.int8.parameter_bytes = 5;
    report.profile.machine = {100, 50, {{{512, 40}, {1024, 20}, {}}}};
    report.profile.layers = {
        {"conv1", "Conv2d", "direct", {.macs = 1000, .weight_bytes = 8}, 0.02, {0.01, octet::Bound::compute}},
        {"pool", "MaxPool2d", "", {}, 5, {2, octet::Bound::l3}}};
    const auto json = nlohmann::json::parse(octet::to_json(report));
    CHECK(json["int8"]["parameter_bytes"] == 5);
    const auto& profile = json["profile"];
    CHECK(profile["machine"]["int8_gmacs"] == 100.0);
    CHECK(profile["machine"]["memory"][1]["level"] == "L3");
    CHECK(profile["machine"]["memory"][1]["gb_per_s"] == 20.0);
    CHECK(profile["machine"]["memory"][2]["bytes"].is_null());
    const auto& conv = profile["layers"][0];
    CHECK(conv["name"] == "conv1");
    CHECK(conv["algorithm"] == "direct");
    CHECK(conv["us"] == 0.02);
    CHECK(conv["best_us"] == 0.01);
    CHECK(conv["bound"] == "compute");
    CHECK(conv["gmacs"].get<double>() == Approx(50));
    CHECK(conv["of_peak"].get<double>() == Approx(0.5));
    CHECK(conv["weight_bytes"] == 8);
    CHECK(profile["layers"][1]["algorithm"].is_null());
    CHECK(profile["layers"][1]["bound"] == "L3");
}

TEST_CASE("what is not a finite number is null") {
    octet::Report report;
    report.logit_sqnr_db = std::numeric_limits<double>::infinity();
    report.layers = {{.name = "a", .scale = std::numeric_limits<float>::quiet_NaN()}};
    const auto json = nlohmann::json::parse(octet::to_json(report));
    CHECK(json["float"]["top1"].is_null());
    CHECK(json["int8"]["latency_ms"]["all"]["median"].is_null());
    CHECK(json["logit_sqnr_db"].is_null());
    CHECK(json["coverage_macs"].is_null());
    CHECK(json["layers"][0]["sqnr_db"].is_null());
    CHECK(json["layers"][0]["scale"].is_null());
    CHECK(json["tensors"].is_array());
}

TEST_CASE("a float in JSON reads back as the same float") {
    for (const float value : {0.1f, 1e-38f, 3.4028235e38f, 0.018765432f, -7.0f})
        CHECK(static_cast<float>(octet::detail::json_number(value).get<double>()) == value);
}

TEST_CASE("names may hold anything, also what is not UTF-8") {
    octet::Report report{.network = "a\"b\\c\n"};
    report.layers = {{.name = "\xff\xfe"}};
    CHECK(nlohmann::json::parse(octet::to_json(report))["network"] == "a\"b\\c\n");
}
