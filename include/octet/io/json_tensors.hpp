// Small models as plain JSON, which a person can read and any tool can write:
//
//   {"__metadata__": {"format": "pt"},
//    "fc.weight": {"dtype": "F32", "shape": [2, 2], "data": [0.5, -1, 3e-05, 0]}}
//
// Data are flat and row-major. They are converted as they are parsed, so a large file needs memory for its text,
// its tensors, and one tensor's numbers as double, but never for a tree. Integers are exact up to 2^53.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "atomic_file.hpp"
#include "json_text.hpp"
#include "read_file.hpp"
#include "tensor_file.hpp"
#include "tensor_table.hpp"

namespace octet {

namespace detail {

/// Calls `f` with a value of the C++ type of `dtype`; returns false for the types that JSON numbers do not spell.
template <class F>
bool with_json_type(DType dtype, F f) {
    switch (dtype) {
        case DType::u8: f(std::uint8_t{}); return true;
        case DType::i8: f(std::int8_t{}); return true;
        case DType::i16: f(std::int16_t{}); return true;
        case DType::i32: f(std::int32_t{}); return true;
        case DType::i64: f(std::int64_t{}); return true;
        case DType::f32: f(float{}); return true;
        case DType::f64: f(double{}); return true;
        default: return false;
    }
}
inline constexpr const char* json_types = "JSON holds F32, F64, U8, I8, I16, I32 and I64";

/// Whether `value` becomes a T without loss, or for floats with no more than rounding.
template <class T>
bool fits(double value) {
    if constexpr (std::same_as<T, float>) {
        return std::isfinite(static_cast<float>(value));
    } else if constexpr (std::same_as<T, double>) {
        return true;
    } else if constexpr (sizeof(T) == 8) {
        return value == std::trunc(value) && std::fabs(value) <= 0x1p53;
    } else {
        return value == std::trunc(value) && value >= double{std::numeric_limits<T>::min()} &&
               value <= double{std::numeric_limits<T>::max()};
    }
}

/// The shortest text that reads back as `value`.
template <class T>
std::string_view shortest_text(T value, std::span<char> room) {
    // "-0" would read back as the integer 0.
    if constexpr (std::floating_point<T>)
        if (value == 0 && std::signbit(value)) return "-0.0";
    const auto end = std::to_chars(room.data(), room.data() + room.size(), value).ptr;
    return {room.data(), static_cast<std::size_t>(end - room.data())};
}

/// The entry's numbers as bytes of its dtype.
inline Bytes json_data(const TableEntry& entry, const std::string& file) {
    const auto fail = [&](const std::string& text) {
        throw Error(file + ": tensor " + in_quotes(entry.name) + ": " + text);
    };
    const auto count = element_count(entry.shape);
    if (!count || static_cast<std::uint64_t>(*count) != entry.payload.size())
        fail(describe(dtype_name(entry.dtype), entry.shape) + ": expected " +
             (count ? std::to_string(*count) : "more than 2^63") + " numbers, found " +
             std::to_string(entry.payload.size()));
    Bytes bytes(entry.payload.size() * item_size(entry.dtype));
    const bool known = with_json_type(entry.dtype, [&]<class T>(T) {
        std::byte* out = bytes.span().data();
        for (std::size_t i = 0; i < entry.payload.size(); ++i, out += sizeof(T)) {
            if (!fits<T>(entry.payload[i])) {
                char room[32];
                fail("the number " + std::string(shortest_text(entry.payload[i], room)) + " at flat index " +
                     std::to_string(i) + " does not fit " + std::string(dtype_name(entry.dtype)) +
                     (sizeof(T) == 8 ? " (in JSON: integers up to 2^53)" : ""));
            }
            const T value = static_cast<T>(entry.payload[i]);
            std::memcpy(out, &value, sizeof(T));
        }
    });
    if (!known) fail("dtype " + std::string(dtype_name(entry.dtype)) + " cannot be read: " + json_types);
    return bytes;
}

}  // namespace detail

/// The tensors in `text`, a JSON file; messages call it `path`.
inline TensorFile parse_json_tensors(const std::filesystem::path& path, const Bytes& text) {
    const std::string file = path.string();
    std::vector<StoredTensor> tensors;
    std::vector<Bytes> storage;
    Metadata metadata = detail::read_tensor_table(
        text.span(), file, "data", std::numeric_limits<std::size_t>::max(), [&](const detail::TableEntry& entry) {
            storage.push_back(detail::json_data(entry, file));
            tensors.push_back({entry.name, entry.dtype, entry.shape, std::as_const(storage.back()).span()});
        });
    return {path, std::move(tensors), std::move(metadata), std::move(storage)};
}

/// Reads a JSON file of tensors. Throws Error, which names the file, the tensor, what was expected and what was found.
inline TensorFile read_json_tensors(const std::filesystem::path& path) {
    return parse_json_tensors(path, read_file(path));
}

/// Writes a JSON file of tensors, atomically: a line each, sorted by name. The same tensors and metadata give the same
/// bytes, and reading gives back every bit; so NaN and infinity, which JSON lacks, are refused.
inline void write_json_tensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                               const Metadata& metadata = {}) {
    const std::string file = path.string();
    detail::check_writable(tensors, file);
    std::vector<const StoredTensor*> sorted;
    for (const StoredTensor& tensor : tensors) sorted.push_back(&tensor);
    std::ranges::sort(sorted, {}, &StoredTensor::name);

    AtomicFile out(path);
    std::string text = "{\n";
    if (!metadata.empty())
        text += "\"__metadata__\": " + detail::json_metadata(metadata, file) + (sorted.empty() ? "\n" : ",\n");
    for (const StoredTensor* tensor : sorted) {
        const auto fail = [&](const std::string& what) {
            throw Error(file + ": cannot be written: tensor " + detail::in_quotes(tensor->name) + ": " + what);
        };
        text += detail::json_text(tensor->name, file) + ": {\"dtype\": \"" + std::string(dtype_name(tensor->dtype)) +
                "\", \"shape\": " + detail::json_shape(tensor->shape) + ", \"data\": [";
        const bool known = detail::with_json_type(tensor->dtype, [&]<class T>(T value) {
            for (std::size_t at = 0; at < tensor->data.size(); at += sizeof(T)) {
                std::memcpy(&value, tensor->data.data() + at, sizeof(T));
                if constexpr (std::floating_point<T>)
                    if (!std::isfinite(value))
                        fail("the value at flat index " + std::to_string(at / sizeof(T)) + " is not finite");
                if constexpr (sizeof(T) == 8)
                    if (!detail::fits<T>(static_cast<double>(value)))
                        fail("the value at flat index " + std::to_string(at / sizeof(T)) + " is beyond 2^53");
                if (at != 0) text += ',';
                char room[32];
                text += detail::shortest_text(value, room);
                if (text.size() > (1u << 16)) {
                    out.write(text);
                    text.clear();
                }
            }
        });
        if (!known) fail("dtype " + std::string(dtype_name(tensor->dtype)) + ": " + detail::json_types);
        text += tensor == sorted.back() ? "]}\n" : "]},\n";
    }
    out.write(text + "}\n");
    out.commit();
}

}  // namespace octet
