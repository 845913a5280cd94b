#include "catch.hpp"
#include "file_support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <octet/io/tensor_reader.hpp>

using octet::DType, octet::TensorReader;
using support::error_of, support::has;
using Shape = std::vector<std::int64_t>;

namespace {

/// A TensorFile in memory.
class Maker {
public:
    template <class T>
    Maker& add(std::string name, Shape shape, const std::vector<T>& values, DType dtype = octet::dtype_of<T>) {
        octet::Bytes bytes(values.size() * sizeof(T));
        if (!values.empty()) std::memcpy(bytes.span().data(), values.data(), bytes.size());
        storage_.push_back(std::move(bytes));
        tensors_.push_back({std::move(name), dtype, std::move(shape), std::as_const(storage_.back()).span()});
        return *this;
    }
    octet::TensorFile make() { return {"net.safetensors", std::move(tensors_), {}, std::move(storage_)}; }

private:
    std::vector<octet::StoredTensor> tensors_;
    std::vector<octet::Bytes> storage_;
};

std::string finish(const TensorReader& reader) {
    return error_of([&] { reader.finish(); });
}
std::size_t lines(const std::string& text) { return std::size_t(std::ranges::count(text, '\n')); }

}  // namespace

TEST_CASE("a TensorReader gives the values, widened where that is exact") {
    const auto file = Maker()
                          .add<float>("f", {2, 1}, {1.5f, -0.0f})
                          .add<std::int16_t>("h", {2}, {0x3c00, 0x0001}, DType::f16)
                          .add<std::int16_t>("b", {1}, {0x4040}, DType::bf16)
                          .add<std::int8_t>("q", {3}, {-128, 0, 127})
                          .add<std::int32_t>("i", {1}, {-5})
                          .add<std::int64_t>("l", {2}, {2147483647, -2147483648LL})
                          .add<float>("none", {0}, {})
                          .add<std::int64_t>("bn.num_batches_tracked", {}, {7})
                          .make();
    TensorReader reader(file);
    std::vector<float> f(2), h(2), b(1), none;
    std::vector<std::int8_t> q(3);
    std::vector<std::int32_t> i(1), l(2);
    reader.read("f", Shape{2, 1}, f);
    reader.read("h", Shape{2}, h);
    reader.read("b", Shape{1}, b);
    reader.read("q", Shape{3}, q);
    reader.read("i", Shape{1}, i);
    reader.read("l", Shape{2}, l);
    reader.read("none", Shape{0}, none);
    reader.ignore("bn.num_batches_tracked");
    reader.ignore("another.num_batches_tracked");  // not there: nothing happens
    CHECK(finish(reader).empty());
    CHECK(f == std::vector<float>{1.5f, -0.0f});
    CHECK(std::signbit(f[1]));
    CHECK(h == std::vector<float>{1, 0x1p-24f});
    CHECK(b == std::vector<float>{3});
    CHECK(q == std::vector<std::int8_t>{-128, 0, 127});
    CHECK(i[0] == -5);
    CHECK(l == std::vector<std::int32_t>{2147483647, -2147483647 - 1});
    CHECK(reader.contains("f"));
    CHECK_FALSE(reader.contains("g"));
}

TEST_CASE("a TensorReader reports all that is wrong at once") {
    const auto file = Maker()
                          .add<float>("conv.weight", {2, 3}, std::vector<float>(6))
                          .add<double>("double", {1}, {0})
                          .add<float>("nan", {2, 2}, {0, 0, std::nanf(""), std::numeric_limits<float>::infinity()})
                          .add<float>("inf", {1}, {-std::numeric_limits<float>::infinity()})
                          .add<std::int64_t>("long", {2}, {0, 1LL << 31})
                          .add<float>("not_int", {1}, {0})
                          .add<float>("once", {1}, {0})
                          .add<float>("stranger", {4}, std::vector<float>(4))
                          .make();
    TensorReader reader(file);
    std::vector<float> one(1), four(4), six(6);
    std::vector<std::int8_t> byte(1);
    std::vector<std::int32_t> words(2);
    reader.read("conv.weight", Shape{3, 2}, six);
    reader.read("double", Shape{1}, one);
    reader.read("nan", Shape{2, 2}, four);
    reader.read("inf", Shape{1}, one);
    reader.read("long", Shape{2}, words);
    reader.read("not_int", Shape{1}, byte);
    reader.read("once", Shape{1}, one);
    reader.read("once", Shape{1}, one);
    reader.read("absent", Shape{1}, one);
    reader.mismatch("conv.weight_scale: expected a scale above 0, found 0");
    CHECK(finish(reader) ==
          "net.safetensors: its tensors are not the ones expected\n"
          "  conv.weight: expected F32/F16/BF16 [3, 2], found F32 [2, 3]\n"
          "  double: expected F32/F16/BF16 [1], found F64 [1]\n"
          "  nan: expected finite values, found NaN at flat index 2 and 1 more in F32 [2, 2]\n"
          "  inf: expected finite values, found infinity at flat index 0 in F32 [1]\n"
          "  long: expected values of 32 bits, found 2147483648 at flat index 1 in I64 [2]\n"
          "  not_int: expected I8 [1], found F32 [1]\n"
          "  once: expected to be used once, found two uses\n"
          "  absent: expected F32/F16/BF16 [1], found no such tensor\n"
          "  conv.weight_scale: expected a scale above 0, found 0\n"
          "  stranger: expected no such tensor, found F32 [4]");
}

TEST_CASE("NaN and infinity are found in 16-bit floats too") {
    const auto file = Maker()
                          .add<std::int16_t>("h", {2}, {0, 0x7c00}, DType::f16)
                          .add<std::int16_t>("b", {1}, {0x7fc0}, DType::bf16)
                          .make();
    TensorReader reader(file);
    std::vector<float> h(2), b(1);
    reader.read("h", Shape{2}, h);
    reader.read("b", Shape{1}, b);
    CHECK(has(finish(reader), "h: expected finite values, found infinity at flat index 1 in F16 [2]"));
    CHECK(has(finish(reader), "b: expected finite values, found NaN at flat index 0 in BF16 [1]"));
}

TEST_CASE("a missing tensor is traced to a near relative") {
    const auto file = Maker()
                          .add<float>("a.module.conv1.weight", {1}, {0})
                          .add<float>("module.conv1.weight", {1}, {0})
                          .add<float>("layer1.0.bn1.wieght", {1}, {0})
                          .add<float>("weight", {1}, {0})
                          .add<float>("layer2.weight", {1}, {0})
                          .make();
    TensorReader reader(file);
    std::vector<float> one(1);
    for (const char* name : {"conv1.weight", "layer1.0.bn1.weight", "fc.weight", "fc.bias", "layer2.weight"})
        reader.read(name, Shape{1}, one);
    const std::string error = finish(reader);
    CHECK(has(
        error,
        "  conv1.weight: expected F32/F16/BF16 [1], found no such tensor; did you mean \"module.conv1.weight\"?\n"));
    CHECK(has(error,
              "  layer1.0.bn1.weight: expected F32/F16/BF16 [1], found no such tensor; did you mean "
              "\"layer1.0.bn1.wieght\"?\n"));
    CHECK(has(error, "  fc.weight: expected F32/F16/BF16 [1], found no such tensor\n"));
    CHECK(has(error, "  fc.bias: expected F32/F16/BF16 [1], found no such tensor\n"));
    CHECK_FALSE(has(error, "layer2.weight"));  // this one fits
}

TEST_CASE("a report stays short when nothing fits") {
    Maker maker;
    for (int i = 0; i < 100; ++i) maker.add<float>("there." + std::to_string(i), {1}, {0});
    const auto file = maker.make();
    TensorReader reader(file);
    std::vector<float> one(1);
    for (int i = 0; i < 62; ++i) reader.read("layer" + std::to_string(i) + ".weight", Shape{1}, one);
    const std::string error = finish(reader);
    CHECK(lines(error) == 42);
    CHECK(has(error, "  ... and 42 more\n"));
    CHECK(has(error, "  ... and 80 more that are not expected"));
}

TEST_CASE("a TensorReader refuses a room of the wrong size, whatever is in the file") {
    const auto file = Maker().add<float>("w", {2}, {1, 2}).make();
    TensorReader reader(file);
    std::vector<float> three(3);
    CHECK(has(error_of([&] { reader.read("w", Shape{2}, three); }), "w, F32/F16/BF16 [2], is to go into 3 elements"));
    CHECK(has(error_of([&] { reader.read("w", Shape{-2, -1}, three); }), "is to go into 3 elements"));
}
