// What a file of weights is, whatever its format: named tensors, each a type, a shape and bytes in row-major
// order, and some text about them. safetensors.hpp and json_tensors.hpp make one from a file and a file from
// one; tensor_reader.hpp takes the tensors out.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "read_file.hpp"

namespace octet {

static_assert(std::endian::native == std::endian::little, "octet::io copies little-endian tensors byte for byte");

/// What one element of a stored tensor is. The order is that of the safetensors library, which lays tensors
/// out by it, the last first: wide elements come first, and each tensor is aligned.
enum class DType { boolean, u8, i8, i16, f16, bf16, i32, f32, f64, i64 };

namespace detail {
struct DTypeRow {
    std::string_view name;
    std::size_t size;
};
inline constexpr std::array<DTypeRow, 10> dtype_rows{{{"BOOL", 1},
                                                      {"U8", 1},
                                                      {"I8", 1},
                                                      {"I16", 2},
                                                      {"F16", 2},
                                                      {"BF16", 2},
                                                      {"I32", 4},
                                                      {"F32", 4},
                                                      {"F64", 8},
                                                      {"I64", 8}}};
}  // namespace detail

/// The name in a file: "F32", "I8", ...
constexpr std::string_view dtype_name(DType dtype) { return detail::dtype_rows[static_cast<std::size_t>(dtype)].name; }
/// Bytes of one element.
constexpr std::size_t item_size(DType dtype) { return detail::dtype_rows[static_cast<std::size_t>(dtype)].size; }

/// The dtype of that name, if octet knows it.
constexpr std::optional<DType> find_dtype(std::string_view name) {
    for (std::size_t i = 0; i < detail::dtype_rows.size(); ++i)
        if (detail::dtype_rows[i].name == name) return static_cast<DType>(i);
    return std::nullopt;
}

/// The DType of a C++ type: `dtype_of<float>` is `DType::f32`.
template <class T>
inline constexpr DType dtype_of = std::same_as<T, float>          ? DType::f32
                                  : std::same_as<T, double>       ? DType::f64
                                  : std::same_as<T, std::int8_t>  ? DType::i8
                                  : std::same_as<T, std::uint8_t> ? DType::u8
                                  : std::same_as<T, std::int16_t> ? DType::i16
                                  : std::same_as<T, std::int32_t> ? DType::i32
                                                                  : DType::i64;

/// A tensor in a file, or on its way into one. Row-major; `data` belongs to someone else and need not be aligned.
struct StoredTensor {
    std::string name;
    DType dtype{};
    std::vector<std::int64_t> shape;  // empty: a scalar
    std::span<const std::byte> data;
};

/// Text about the tensors: a format's version, a hash, settings.
using Metadata = std::map<std::string, std::string>;

/// A tensor to be written, of the values in `values`, which must outlive it.
template <class T>
StoredTensor stored_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const T> values) {
    static_assert(std::same_as<T, std::int64_t> || dtype_of<T> != DType::i64, "no dtype for this element type");
    return {std::move(name), dtype_of<T>, std::move(shape), std::as_bytes(values)};
}

/// The content of one file of weights, which it owns. Tensors are sorted by name; names are unique, and each
/// tensor's data has exactly the bytes that its shape and dtype say.
class TensorFile {
public:
    /// For those who add a format. `storage` holds what the tensors' `data` point into.
    TensorFile(std::filesystem::path path, std::vector<StoredTensor> tensors, Metadata metadata,
               std::vector<Bytes> storage)
        : path_(std::move(path)),
          tensors_(std::move(tensors)),
          metadata_(std::move(metadata)),
          storage_(std::make_shared<const std::vector<Bytes>>(std::move(storage))) {
        std::ranges::sort(tensors_, {}, &StoredTensor::name);
    }
    TensorFile(TensorFile&&) = default;
    TensorFile& operator=(TensorFile&&) = default;

    const std::filesystem::path& path() const { return path_; }
    const std::vector<StoredTensor>& tensors() const { return tensors_; }
    const Metadata& metadata() const { return metadata_; }
    /// Keeps the tensors' data where they are, for those who still point into them when the file is gone.
    std::shared_ptr<const void> storage() const { return storage_; }

    /// The tensor of that name, or null.
    const StoredTensor* find(std::string_view name) const {
        const auto at = std::ranges::lower_bound(tensors_, name, {}, &StoredTensor::name);
        return at != tensors_.end() && at->name == name ? &*at : nullptr;
    }

private:
    std::filesystem::path path_;
    std::vector<StoredTensor> tensors_;
    Metadata metadata_;
    std::shared_ptr<const std::vector<Bytes>> storage_;
};

namespace detail {

/// Number of elements, or nothing where that is negative somewhere or does not fit 63 bits. (A factor that is 0
/// does not excuse an overflow before it.)
inline std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 0 || (extent > 0 && count > std::numeric_limits<std::int64_t>::max() / extent))
            return std::nullopt;
        count *= extent;
    }
    return count;
}

/// Number of bytes, likewise.
inline std::optional<std::int64_t> byte_count(DType dtype, std::span<const std::int64_t> shape) {
    const auto count = element_count(shape);
    const auto size = static_cast<std::int64_t>(item_size(dtype));
    if (!count || *count > std::numeric_limits<std::int64_t>::max() / size) return std::nullopt;
    return *count * size;
}

/// "F32 [64, 3, 7, 7]", for messages.
inline std::string describe(std::string_view type, std::span<const std::int64_t> shape) {
    std::string text(type);
    text += " [";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i != 0) text += ", ";
        if (i == 8 && shape.size() > 9) return text + "...]";
        text += std::to_string(shape[i]);
    }
    return text + "]";
}

/// "F32 [64, 3, 7, 7]", for messages.
inline std::string describe(const StoredTensor& tensor) { return describe(dtype_name(tensor.dtype), tensor.shape); }

/// The text in quotes, fit for a message: a file may hold any name, so it is cut at 100 characters, and
/// control characters are spelled out.
inline std::string in_quotes(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text.substr(0, 100)) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f)
            result += {'\\', 'x', digits[code >> 4], digits[code & 15]};
        else
            result += c;
    }
    return result + (text.size() > 100 ? "...\"" : "\"");
}

/// Throws Error where these tensors cannot be in one file.
inline void check_writable(std::span<const StoredTensor> tensors, const std::string& file) {
    std::set<std::string_view> names{"__metadata__"};
    for (const StoredTensor& tensor : tensors) {
        const std::string what = file + ": cannot be written: tensor " + in_quotes(tensor.name) + ": ";
        if (!names.insert(tensor.name).second) throw Error(what + "this name is taken");
        const auto bytes = byte_count(tensor.dtype, tensor.shape);
        if (!bytes || static_cast<std::uint64_t>(*bytes) != tensor.data.size())
            throw Error(what + describe(tensor) + " does not have the " + std::to_string(tensor.data.size()) +
                        " bytes of its data");
    }
}

}  // namespace detail

}  // namespace octet
