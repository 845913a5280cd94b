#include "catch.hpp"
#include "file_support.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <octet/io/json_tensors.hpp>

using support::content, support::error_of, support::has;

namespace {

octet::TensorFile parse(std::string_view text) {
    return octet::parse_json_tensors("net.json", support::bytes_of(text));
}
std::string error_in(std::string_view text) {
    return error_of([&] { parse(text); });
}

template <class T>
std::vector<T> values(const octet::TensorFile& file, std::string_view name) {
    const octet::StoredTensor* tensor = file.find(name);
    REQUIRE(tensor != nullptr);
    REQUIRE(tensor->dtype == octet::dtype_of<T>);
    std::vector<T> result(tensor->data.size() / sizeof(T));
    if (!result.empty()) std::memcpy(result.data(), tensor->data.data(), tensor->data.size());
    return result;
}

}  // namespace

TEST_CASE("JSON tensors are read, whatever the order of their keys") {
    const auto file = parse(R"({
        "b": {"data": [1, -2.5, 1e-3, 0], "dtype": "F32", "shape": [2, 2]},
        "__metadata__": {"format": "pt"},
        "a": {"shape": [], "data": [-128], "dtype": "I8"},
        "n": {"dtype": "I64", "shape": [1], "data": [9007199254740992]},
        "d": {"dtype": "F64", "shape": [1], "data": [0.1]},
        "none": {"dtype": "I32", "shape": [0, 4], "data": []}})");
    CHECK(file.metadata() == octet::Metadata{{"format", "pt"}});
    CHECK(values<float>(file, "b") == std::vector<float>{1, -2.5f, 1e-3f, 0});
    CHECK(values<std::int8_t>(file, "a") == std::vector<std::int8_t>{-128});
    CHECK(values<std::int64_t>(file, "n") == std::vector<std::int64_t>{9007199254740992});
    CHECK(values<double>(file, "d") == std::vector<double>{0.1});
    CHECK(values<std::int32_t>(file, "none").empty());
    CHECK(file.find("b")->shape == std::vector<std::int64_t>{2, 2});
    CHECK(parse("{}").tensors().empty());
}

TEST_CASE("every float survives JSON bit for bit") {
    std::vector<float> floats{0.0f,
                              -0.0f,
                              1e20f,
                              16777217.0f,
                              std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::denorm_min(),
                              -std::numeric_limits<float>::min()};
    std::mt19937 random(2);
    while (floats.size() < 200'000) {
        const float x = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isfinite(x)) floats.push_back(x);
    }
    const std::vector<std::int8_t> bytes{-128, -1, 0, 127};
    const std::vector<std::int32_t> words{-2147483647 - 1, 2147483647};
    const std::vector<octet::StoredTensor> tensors{octet::stored_tensor<float>("f", {200'000}, floats),
                                                   octet::stored_tensor<std::int8_t>("b", {2, 2}, bytes),
                                                   octet::stored_tensor<std::int32_t>("w", {2}, words)};
    const octet::Metadata about{{"k", "v \"\xc3\xa9\""}};
    const support::Folder folder;
    octet::write_json_tensors(folder / "a.json", tensors, about);
    const auto file = octet::read_json_tensors(folder / "a.json");
    CHECK(file.metadata() == about);
    CHECK(std::ranges::equal(file.find("f")->data, tensors[0].data));
    CHECK(values<std::int8_t>(file, "b") == bytes);
    CHECK(values<std::int32_t>(file, "w") == words);

    octet::write_json_tensors(folder / "b.json", file.tensors(), file.metadata());
    CHECK(content(folder / "a.json") == content(folder / "b.json"));
}

TEST_CASE("JSON is written to be read: a line for each tensor, the shortest digits") {
    const std::vector<float> floats{0.1f, -0.0f, 3, 1e-7f};
    const std::vector<octet::StoredTensor> tensors{octet::stored_tensor<float>("w", {4}, floats)};
    const support::Folder folder;
    octet::write_json_tensors(folder / "a", tensors, {{"k", "v"}});
    CHECK(content(folder / "a") ==
          "{\n\"__metadata__\": {\"k\":\"v\"},\n"
          "\"w\": {\"dtype\": \"F32\", \"shape\": [4], \"data\": [0.1,-0.0,3,1e-07]}\n}\n");
    octet::write_json_tensors(folder / "b", {}, {{"k", "v"}});
    CHECK(octet::read_json_tensors(folder / "b").metadata().at("k") == "v");
    octet::write_json_tensors(folder / "c", {});
    CHECK(octet::read_json_tensors(folder / "c").tensors().empty());
}

TEST_CASE("JSON: each way to be wrong has its message") {
    struct Case {
        std::string text;
        std::string message;
    };
    const std::vector<Case> cases{
        {"", "is not valid JSON"},
        {"{", "is not valid JSON"},
        {"{}}", "is not valid JSON"},
        {"[1]", "expected an object of tensors, found a list"},
        {"7", "expected an object of tensors, found the number 7"},
        {R"({"w":{"dtype":"F32","shape":[2],"data":[1]}})", "tensor \"w\": F32 [2]: expected 2 numbers, found 1"},
        {R"({"w":{"data":[1,2,3],"dtype":"F32","shape":[2]}})", "expected 2 numbers, found 3"},
        {R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data":[1]}})",
         "expected more than 2^63 numbers, found 1"},
        {R"({"w":{"dtype":"F32","shape":[4611686018427387904],"data":[1]}})",
         "expected 4611686018427387904 numbers, found 1"},
        {R"({"w":{"dtype":"F32","shape":[1],"data":[[1]]}})", "a list inside the list (numbers are to be flat)"},
        {R"({"w":{"dtype":"F32","shape":[1],"data":[null]}})", "tensor \"w\": data: expected a number, found null"},
        {R"({"w":{"dtype":"F32","shape":[1],"data":[NaN]}})", "is not valid JSON: parse error at line 1, column"},
        {R"({"w":{"dtype":"F32","shape":[2],"data":[0,1e39]}})", "the number 1e+39 at flat index 1 does not fit F32"},
        {R"({"w":{"dtype":"I8","shape":[1],"data":[128]}})", "the number 128 at flat index 0 does not fit I8"},
        {R"({"w":{"dtype":"I8","shape":[1],"data":[1.5]}})", "the number 1.5 at flat index 0 does not fit I8"},
        {R"({"w":{"dtype":"U8","shape":[1],"data":[-1]}})", "the number -1 at flat index 0 does not fit U8"},
        {R"({"w":{"dtype":"I64","shape":[1],"data":[9007199254740994]}})", "integers up to 2^53"},
        {R"({"w":{"dtype":"BF16","shape":[1],"data":[1]}})", "dtype BF16 cannot be read: JSON holds F32"},
        {R"({"w":{"dtype":"F32","shape":[1],"data":[1]},"w":{"dtype":"F32","shape":[1],"data":[1]}})",
         "\"w\" stands there twice"},
        {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
         "the key \"data_offsets\" is unknown; a tensor has dtype, shape and data"},
        {R"({"w":{"dtype":"F32","shape":[1],"data":[1],"data":[1]}})", "the key \"data\" stands there twice"},
        {R"({"w":[1,2]})", "\"w\": expected an object with dtype, shape and data, found a list"},
        {std::string("{}\0", 3), "byte 2 is 0"},
    };
    for (const Case& c : cases) {
        const std::string error = error_in(c.text);
        INFO(c.text << "\n" << error);
        CHECK(has(error, "net.json: "));
        CHECK(has(error, c.message));
    }
    CHECK(has(error_in("{\"w\":" + std::string(1'000'000, '[')), "found a list"));
    CHECK(has(error_in(R"({"w":{"data":)" + std::string(1'000'000, '[')), "a list inside the list"));
}

TEST_CASE("JSON: every truncation is noticed") {
    const std::string text = R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data":[1.5,-2]}})";
    for (std::size_t length = 0; length < text.size(); ++length)
        REQUIRE(has(error_in(std::string_view(text).substr(0, length)), "net.json: is not valid JSON"));
}

TEST_CASE("JSON: no mutation does more than throw an Error") {
    const std::string text =
        R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,2],"data":[0.5,-1,1e3,7]},)"
        R"("y":{"data":[1,-2,3],"dtype":"I8","shape":[3]},"z":{"dtype":"I64","shape":[],"data":[12345678901]}})";
    std::mt19937 random(3);
    unsigned accepted = 0, sum = 0;
    for (int i = 0; i < 6000; ++i)
        error_of([&] {
            sum += support::touch(parse(support::injured(text, random)));
            ++accepted;
        });
    CHECK(accepted > 0);
    CHECK(accepted < 3000);
    CHECK(sum > 0);
}

TEST_CASE("JSON that would be wrong is not written") {
    const support::Folder folder;
    const auto attempt = [&](const octet::StoredTensor& tensor) {
        return error_of([&] { octet::write_json_tensors(folder / "a", std::span(&tensor, 1)); });
    };
    const std::vector<float> bad{1, std::nanf(""), 2};
    const std::vector<std::int64_t> big{std::int64_t{1} << 60};
    CHECK(has(attempt(octet::stored_tensor<float>("w", {3}, bad)),
              "a: cannot be written: tensor \"w\": the value at flat index 1 is not finite"));
    CHECK(has(attempt(octet::stored_tensor<std::int64_t>("w", {1}, big)), "the value at flat index 0 is beyond 2^53"));
    CHECK(has(attempt({"w", octet::DType::f16, {1}, std::as_bytes(std::span(bad)).first(2)}),
              "dtype F16: JSON holds F32"));
    CHECK(has(attempt({"w", octet::DType::f32, {2}, std::as_bytes(std::span(bad))}), "does not have the 12 bytes"));
    CHECK(folder.count() == 0);
}
