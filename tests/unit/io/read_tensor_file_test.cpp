#include "catch.hpp"
#include "file_support.hpp"

#include <string>
#include <vector>

#include <octet/io/read_tensor_file.hpp>

using support::error_of, support::has;

TEST_CASE("read_tensor_file tells the formats apart by what is in the file") {
    const support::Folder folder;
    const std::vector<float> floats{1, 2};
    const std::vector<octet::StoredTensor> tensors{octet::stored_tensor<float>("w", {2}, floats)};
    octet::write_safetensors(folder / "a.json", tensors);  // the extensions lie
    octet::write_json_tensors(folder / "a.safetensors", tensors);
    CHECK(
        support::equal(octet::read_tensor_file(folder / "a.json"), octet::read_tensor_file(folder / "a.safetensors")));
    support::write(folder / "bom", "\xef\xbb\xbf \n {}");
    CHECK(octet::read_tensor_file(folder / "bom").tensors().empty());
    support::write(folder / "short", "{}");
    CHECK(octet::read_tensor_file(folder / "short").tensors().empty());
}

TEST_CASE("read_tensor_file reads safetensors whose header length looks like the begin of JSON or of a zip") {
    const support::Folder folder;
    for (const std::string begin : {"{\x01", "PK", "PK\x03"}) {
        std::string file = begin + std::string(8 - begin.size(), '\0');
        std::uint64_t size = 0;
        std::memcpy(&size, file.data(), 8);
        file += "{}" + std::string(size - 2, ' ');
        support::write(folder / "a", file);
        CHECK(error_of([&] { octet::read_tensor_file(folder / "a"); }).empty());
    }
}

TEST_CASE("read_tensor_file says what a file is that it cannot read") {
    const support::Folder folder;
    const auto error_in = [&](std::string_view text) {
        support::write(folder / "a", text);
        return error_of([&] { octet::read_tensor_file(folder / "a"); });
    };
    CHECK(has(error_in(""), "a: is empty"));
    CHECK(has(error_in(std::string_view("PK\x03\x04\0\0\0\0\0\0\0\0", 12)), "torch.save"));
    CHECK(has(error_in("hello, world"), "is neither safetensors"));
    CHECK(has(error_in("[1]"), "is neither safetensors"));
    CHECK(has(error_in("   "), "is neither safetensors"));
    CHECK(has(error_in(std::string_view("\0\0\0", 3)), "is cut short"));
    CHECK(has(error_of([&] { octet::read_tensor_file(folder / "b"); }), "b: there is no such file"));
    CHECK(has(error_of([&] { octet::read_tensor_file(folder / ""); }), "is a directory"));
}
