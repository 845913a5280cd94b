#include "catch.hpp"
#include "file_support.hpp"

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <octet/io/tensor_file.hpp>

TEST_CASE("dtypes have the names and sizes of safetensors") {
    using octet::DType;
    CHECK(octet::dtype_name(DType::f32) == "F32");
    CHECK(octet::dtype_name(DType::bf16) == "BF16");
    CHECK(octet::dtype_name(DType::boolean) == "BOOL");
    CHECK(octet::item_size(DType::f16) == 2);
    CHECK(octet::item_size(DType::i64) == 8);
    CHECK(octet::find_dtype("I8") == DType::i8);
    CHECK_FALSE(octet::find_dtype("F8_E4M3"));
    CHECK_FALSE(octet::find_dtype(""));
    static_assert(octet::dtype_of<float> == DType::f32 && octet::dtype_of<std::int32_t> == DType::i32);
}

TEST_CASE("sizes that cannot be counted are not wrapped") {
    using octet::detail::element_count, octet::detail::byte_count;
    const auto shape = [](std::initializer_list<std::int64_t> extents) { return std::vector(extents); };
    const std::int64_t big = std::int64_t{1} << 32;
    CHECK(element_count(shape({})) == 1);
    CHECK(element_count(shape({2, 3, 4})) == 24);
    CHECK(element_count(shape({0, big, big})) == 0);
    CHECK_FALSE(element_count(shape({big, big})));
    CHECK_FALSE(element_count(shape({-1})));
    CHECK(element_count(shape({std::numeric_limits<std::int64_t>::max()})));
    CHECK_FALSE(byte_count(octet::DType::f32, shape({std::numeric_limits<std::int64_t>::max() / 2})));
}

TEST_CASE("messages show names whatever is in them") {
    CHECK(octet::detail::in_quotes("a\nb\x7f") == "\"a\\x0ab\\x7f\"");
    CHECK(octet::detail::in_quotes(std::string(5000, 'x')).size() < 110);
    CHECK(octet::detail::describe("F32", std::vector<std::int64_t>{64, 3, 7, 7}) == "F32 [64, 3, 7, 7]");
    CHECK(octet::detail::describe("F32", std::vector<std::int64_t>{}) == "F32 []");
    CHECK(octet::detail::describe("I8", std::vector<std::int64_t>(30, 1)) == "I8 [1, 1, 1, 1, 1, 1, 1, 1, ...]");
}

TEST_CASE("a TensorFile finds its tensors by name and moves with them") {
    static_assert(!std::is_copy_constructible_v<octet::TensorFile>);
    std::vector<octet::Bytes> storage;
    storage.push_back(support::bytes_of("ab"));
    const auto data = std::as_const(storage[0]).span();
    octet::TensorFile file("some.file",
                           {{"b", octet::DType::u8, {1}, data.subspan(1)}, {"a", octet::DType::u8, {1}, data.first(1)}},
                           {{"key", "text"}}, std::move(storage));
    const octet::TensorFile moved = std::move(file);
    CHECK(moved.tensors()[0].name == "a");
    REQUIRE(moved.find("b") != nullptr);
    CHECK(moved.find("b")->data[0] == std::byte{'b'});
    CHECK(moved.find("c") == nullptr);
    CHECK(moved.find("") == nullptr);
    CHECK(moved.metadata().at("key") == "text");
    CHECK(moved.path() == "some.file");
}
