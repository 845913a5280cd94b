#include "catch.hpp"
#include "file_support.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <octet/io/crc32.hpp>
#include <octet/io/safetensors.hpp>

using octet::DType;
using support::content, support::error_of, support::has;

namespace {

/// A safetensors file of this header and data, right or wrong.
std::string file_of(std::string_view header, std::string_view data) {
    const std::uint64_t size = header.size();
    std::string text(8, '\0');
    std::memcpy(text.data(), &size, 8);
    return text.append(header).append(data);
}

octet::TensorFile parse(std::string_view text) {
    return octet::parse_safetensors("net.safetensors", support::bytes_of(text));
}
std::string error_in(std::string_view text) {
    return error_of([&] { parse(text); });
}

const std::vector<float> floats{1.5f, -0.0f, 3e-45f, 0.1f, -7.25f, 65504.0f};
const std::vector<std::int8_t> bytes{-128, 127, 0};
const std::vector<std::int32_t> words{-2147483647 - 1, 2147483647};
const std::vector<std::int64_t> longs{1LL << 40};
const octet::Metadata about{{"format", "pt"}, {"author", "J\xc3\xb6rg \"J\"\n"}};

std::vector<octet::StoredTensor> some_tensors() {
    return {octet::stored_tensor<float>("conv.weight", {2, 3}, floats),
            octet::stored_tensor<std::int8_t>("conv.q", {3}, bytes),
            octet::stored_tensor<std::int32_t>("bias", {2}, words),
            octet::stored_tensor<std::int64_t>("bn.num_batches_tracked", {}, longs),
            octet::stored_tensor<float>("empty", {0, 5}, std::span<const float>())};
}

std::string written(std::span<const octet::StoredTensor> tensors, const octet::Metadata& metadata = {}) {
    const support::Folder folder;
    octet::write_safetensors(folder / "a", tensors, metadata);
    return content(folder / "a");
}

}  // namespace

TEST_CASE("safetensors come back as they were written") {
    const auto file = parse(written(some_tensors(), about));
    CHECK(file.metadata() == about);  // without the CRCs
    REQUIRE(file.tensors().size() == 5);
    for (const octet::StoredTensor& expected : some_tensors()) {
        const octet::StoredTensor* found = file.find(expected.name);
        REQUIRE(found != nullptr);
        CHECK(found->dtype == expected.dtype);
        CHECK(found->shape == expected.shape);
        CHECK(std::ranges::equal(found->data, expected.data));
    }
}

TEST_CASE("safetensors: the same content gives the same bytes, in whatever order it comes") {
    auto tensors = some_tensors();
    const std::string first = written(tensors, about);
    std::ranges::reverse(tensors);
    CHECK(written(tensors, about) == first);
    auto metadata = about;
    metadata["crc32"] = metadata["header_crc32"] = "of another file";
    CHECK(written(tensors, metadata) == first);

    const support::Folder folder;  // and so does a file that was read
    const auto file = parse(first);
    octet::write_safetensors(folder / "b", file.tensors(), file.metadata());
    CHECK(content(folder / "b") == first);
}

TEST_CASE("safetensors are laid out as the format asks") {
    const std::string text = written(some_tensors(), about);
    std::uint64_t header = 0;
    std::memcpy(&header, text.data(), 8);
    CHECK(header % 8 == 0);
    CHECK(text[8] == '{');
    const std::string_view data = std::string_view(text).substr(8 + header);
    const std::string crc = octet::detail::hex8(octet::crc32(std::as_bytes(std::span(data))));
    CHECK(has(text, "\"crc32\":\"" + crc + "\""));
    const auto file = parse(text);
    for (const octet::StoredTensor& tensor : file.tensors())  // each tensor is aligned
        CHECK((std::size_t(tensor.data.data() - file.find("bn.num_batches_tracked")->data.data())) %
                  octet::item_size(tensor.dtype) ==
              0);
    CHECK(parse(written({})).tensors().empty());
}

TEST_CASE("safetensors of other origin are read: no CRC, any key order, spaces, escapes, odd alignment") {
    // As the Python library writes it, but for the odd length of the header.
    const auto file =
        parse(file_of(R"({"__metadata__":{"format":"pt"},"w\u00e9":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
                      R"( "b" : { "data_offsets" : [4 ,5], "shape":[ ], "dtype":"BOOL" } }  )",
                      std::string_view("\x00\x3c\x00\xc0\x01", 5)));
    CHECK(file.metadata() == octet::Metadata{{"format", "pt"}});
    REQUIRE(file.find("w\xc3\xa9") != nullptr);
    CHECK(file.find("w\xc3\xa9")->dtype == DType::f16);
    CHECK(file.find("b")->data[0] == std::byte{1});
}

TEST_CASE("safetensors: every truncation is noticed, and trailing bytes are") {
    const std::string text = written(some_tensors(), about);
    for (std::size_t length = 0; length < text.size(); ++length) {
        const std::string error = error_in(text.substr(0, length));
        REQUIRE(has(error, "net.safetensors: is cut short"));
        REQUIRE(has(error, "expected"));
        REQUIRE(has(error, "found"));
    }
    CHECK(has(error_in(text + '\0'), "has bytes that belong to no tensor: expected 43 bytes of data, found 44"));
}

TEST_CASE("safetensors: every flipped bit is noticed, or changes no tensor") {
    const std::string text = written(some_tensors(), about);
    const auto original = parse(text);
    std::uint64_t header = 0;
    std::memcpy(&header, text.data(), 8);
    int unnoticed = 0;
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string damaged = text;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        const std::string error = error_of([&] {
            const bool same = support::equal(parse(damaged), original);  // may throw: outside the macro
            REQUIRE(same);
            ++unnoticed;
        });
        if (bit / 8 >= 8 + header) REQUIRE(has(error, "net.safetensors: is damaged: __metadata__ says crc32 "));
    }
    // Only in the name of the entry that holds the header's own CRC.
    CHECK(unnoticed <= 8 * static_cast<int>(sizeof("header_crc32")));
}

TEST_CASE("safetensors: no mutation does more than throw an Error") {
    const std::string with_crc = written(some_tensors(), about);
    const std::string without = file_of(
        R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
        R"("y":{"dtype":"I8","shape":[3],"data_offsets":[8,11]},"z":{"dtype":"BF16","shape":[],"data_offsets":[11,13]}})",
        "0123456789abc");
    std::mt19937 random(1);
    unsigned accepted = 0, sum = 0;
    for (int i = 0; i < 6000; ++i) {
        std::string text = support::injured(i % 4 == 0 ? with_crc : without, random);
        if (i % 2 == 0 && text.size() > 8) {  // let the header's length be right, to get past the first check
            const std::uint64_t size = std::min<std::size_t>(text.size() - 8, without.size() - 8 - 13);
            std::memcpy(text.data(), &size, 8);
        }
        error_of([&] {
            sum += support::touch(parse(text));
            ++accepted;
        });
    }
    CHECK(accepted < 3000);
    CHECK(sum > 0);  // some were accepted
}

TEST_CASE("safetensors: a header length beyond the file allocates nothing") {
    std::string text = file_of("{}", "");
    for (const std::uint64_t size :
         {std::uint64_t{1} << 63, ~std::uint64_t{0}, std::uint64_t{3}, ~std::uint64_t{0} - 7}) {
        std::memcpy(text.data(), &size, 8);
        const std::string error = error_in(text);
        CHECK(has(error, "expected a header of " + std::to_string(size) + " bytes, found 2 bytes after its length"));
    }
    const support::Folder folder;  // a header of 100,000,001 bytes that are there, in a sparse file
    support::write(folder / "a", file_of("{}", ""));
    std::filesystem::resize_file(folder / "a", 8 + 100'000'001);
    std::fstream out(folder / "a", std::ios::in | std::ios::out | std::ios::binary);
    const std::uint64_t size = 100'000'001;
    out.write(reinterpret_cast<const char*>(&size), 8);
    out.close();
    CHECK(has(error_of([&] { octet::read_safetensors(folder / "a"); }),
              "at most 100000000 bytes, found a length of 100000001"));
}

TEST_CASE("safetensors: each way to be wrong has its message") {
    const auto one = [](std::string_view entry, std::string_view data = "01234567") {
        return error_in(file_of("{\"w\":" + std::string(entry) + "}", data));
    };
    struct Case {
        std::string entry;
        std::string message;
    };
    const std::vector<Case> cases{
        {R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
         "tensor \"w\": F32 [3]: expected 12 bytes, found data_offsets that span 8"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,12]})", "expected 8 bytes, found data_offsets that span 12"},
        {R"({"dtype":"F32","shape":[3],"data_offsets":[0,12]})",
         "is cut short: expected 12 bytes of data, found 8; tensor \"w\" is the first affected"},
        {R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", "expected 4 bytes of data, found 8"},
        {R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})",
         "tensor \"w\": leaves a hole before it: expected data_offsets to begin at 0, where the data begin, found 4"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", "data_offsets: expected [begin, end], two integers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0]})", "data_offsets: expected [begin, end], two integers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})", "data_offsets: expected [begin, end], two integers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8.5]})", "data_offsets: expected [begin, end], two integers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,1e30]})", "data_offsets: expected [begin, end], two integers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]})",
         "data_offsets: expected"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", "data_offsets has more than 2 numbers"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,"8"]})",
         "data_offsets: expected a number, found the text \"8\""},
        {R"({"dtype":"F32","shape":[2],"data_offsets":8})",
         "data_offsets: expected a list of numbers, found the number 8"},
        {R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]})",
         "has more bytes than can be counted"},
        {R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]})", "has more bytes than can be counted"},
        {R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", "shape entry -2 is not an integer from 0"},
        {R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", "shape entry 2.0 is not an integer from 0"},
        {R"({"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]})",
         "shape entry 9223372036854775808 is not"},
        {R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})", "shape: expected an integer, found the text \"2\""},
        {R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})", "shape: expected an integer, found a list"},
        {R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})", "shape: expected a list of integers, found the number 2"},
        {R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})",
         "more than 32 dimensions"},
        {R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})",
         "tensor \"w\": dtype \"F8_E4M3\" is unknown; octet knows BOOL"},
        {R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})", "dtype: expected text, found the number 32"},
        {R"({"shape":[2],"data_offsets":[0,8]})", "tensor \"w\": has no dtype"},
        {R"({"dtype":"F32","data_offsets":[0,8]})", "tensor \"w\": has no shape"},
        {R"({"dtype":"F32","shape":[2]})", "tensor \"w\": has no data_offsets"},
        {R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})", "the key \"dtype\" stands there twice"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})", "the key \"x\" is unknown"},
        {R"([1])", "\"w\": expected an object with dtype, shape and data_offsets, found a list"},
        {R"(null)", "found null"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"a":1})",
         "__metadata__: \"a\": expected text, found the number 1"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"a":"","a":""})",
         "__metadata__: the key \"a\" stands there twice"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":7)",
         "\"__metadata__\": expected an object, found the number 7"},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"crc32":"00000000"})",
         "is damaged: __metadata__ says crc32 \"00000000\", the data have \"2d803af5\""},
        {R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"crc32":"2D803AF5"})", "is damaged"},
    };
    for (const Case& c : cases) {
        const std::string error = one(c.entry);
        INFO(c.entry << "\n" << error);
        CHECK(has(error, "net.safetensors: "));
        CHECK(has(error, c.message));
    }
    CHECK(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})").empty());
    CHECK(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"crc32":"2d803af5"})").empty());
}

TEST_CASE("safetensors: two tensors must not share a byte, a name, or leave one over") {
    const auto two = [](std::string_view second_name, int begin, int end) {
        return error_in(file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},")" + std::string(second_name) +
                                    R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) +
                                    R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}}",
                                "01234567"));
    };
    CHECK(two("b", 4, 8).empty());
    CHECK(has(two("b", 3, 8),
              "tensor \"b\": overlaps another: expected data_offsets to begin at 4, where tensor \"a\" ends, found 3"));
    CHECK(has(two("b", 0, 8), "tensor \"b\": overlaps another"));
    CHECK(has(two("b", 0, 4), "overlaps another"));
    CHECK(has(two("b", 5, 8), "tensor \"b\": leaves a hole before it: expected data_offsets to begin at 4"));
    CHECK(has(two("b", 4, 7), "expected 7 bytes of data, found 8"));
    CHECK(has(two("a", 4, 8), "\"a\" stands there twice"));
    CHECK(has(two("\\u0061", 4, 8), "\"a\" stands there twice"));  // however it is spelled
}

TEST_CASE("safetensors: a header that is not JSON is refused") {
    CHECK(has(error_in(file_of("", "")), "expected its header to begin with {"));
    CHECK(has(error_in(file_of(" {}", "")), "expected its header to begin with {"));
    CHECK(has(error_in(file_of("{", "")), "header: is not valid JSON: "));
    CHECK(has(error_in(file_of("{}x", "")), "header: is not valid JSON: "));
    CHECK(has(error_in(file_of("{\"\xff\":1}", "")), "header: is not valid JSON: "));
    CHECK(has(error_in(file_of(std::string_view("{}\0 x", 5), "")), "is not valid JSON: byte 2 is 0"));
    CHECK(has(error_in(file_of("{\"a\":1e999}", "")), "is not valid JSON"));
    std::string deep = "{\"a\":";
    for (int i = 0; i < 300'000; ++i) deep += "{\"a\":";
    CHECK(has(error_in(file_of(deep, "")), "tensor \"a\": the key \"a\" is unknown"));
    CHECK(has(error_in(file_of("{\"a\":" + std::string(300'000, '['), "")), "found a list"));
    const std::string long_token = error_in(file_of("{\"a\":{\"" + std::string(300'000, 'k') + "\":1}}", ""));
    CHECK(has(long_token, "is unknown"));
    CHECK(long_token.size() < 400);
}

TEST_CASE("safetensors that would be wrong are not written") {
    const support::Folder folder;
    const auto attempt = [&](const std::vector<octet::StoredTensor>& tensors, octet::Metadata metadata = {}) {
        return error_of([&] { octet::write_safetensors(folder / "a", tensors, std::move(metadata)); });
    };
    auto tensors = some_tensors();
    tensors.push_back(tensors[0]);
    CHECK(has(attempt(tensors), "a: cannot be written: tensor \"conv.weight\": this name is taken"));
    CHECK(has(attempt({octet::stored_tensor<float>("w", {7}, floats)}),
              "F32 [7] does not have the 24 bytes of its data"));
    CHECK(has(attempt({octet::stored_tensor<float>("__metadata__", {6}, floats)}), "this name is taken"));
    CHECK(has(attempt({octet::stored_tensor<float>("\xff", {6}, floats)}), "is not valid UTF-8"));
    CHECK(has(attempt({}, {{"a", "\xc3"}}), "is not valid UTF-8"));
    CHECK(folder.count() == 0);
}
