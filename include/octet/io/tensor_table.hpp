// The JSON object that both formats consist of,
//
//   { "__metadata__": {"key": "text", ...},
//     "conv1.weight": {"dtype": "F32", "shape": [64, 3, 7, 7], PAYLOAD: [numbers]}, ... }
//
// read as a stream of events, with no tree in memory. PAYLOAD is "data_offsets" in a safetensors header and
// "data" in a JSON file. What is not of this form is refused where it stands: another key, a key twice (a tree
// would silently keep the last), a list inside a list, so nesting is never deeper than three.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../core/error.hpp"
#include "tensor_file.hpp"

namespace octet::detail {

/// One tensor as the table gives it. Doubles hold every payload exactly that means anything: floats, small
/// integers, and offsets into files (integers up to 2^53).
struct TableEntry {
    std::string name;
    DType dtype{};
    std::vector<std::int64_t> shape;
    std::vector<double> payload;
};

using OnTensor = std::function<void(const TableEntry&)>;  // not a template argument: nlohmann's parser compiles once

/// nlohmann's SAX interface. Calls `on_tensor` at the end of each tensor.
class TensorTable {
public:
    static constexpr std::size_t max_dimensions = 32;

    TensorTable(std::string file, std::string_view payload_key, std::size_t max_payload, OnTensor on_tensor)
        : file_(std::move(file)),
          payload_key_(payload_key),
          max_payload_(max_payload),
          on_tensor_(std::move(on_tensor)) {}

    Metadata take_metadata() { return std::move(metadata_); }

    bool number_float(double value, const std::string& spelling) {
        return place_ == Place::payload ? payload(value) : number(spelling);
    }
    bool number_integer(std::int64_t value) {
        return place_ == Place::payload ? payload(static_cast<double>(value)) : number(std::to_string(value));
    }
    bool number_unsigned(std::uint64_t value) {
        if (place_ == Place::payload) return payload(static_cast<double>(value));
        if (place_ != Place::shape || value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
            return number(std::to_string(value));
        if (entry_.shape.size() == max_dimensions) fail("its shape has more than 32 dimensions");
        entry_.shape.push_back(static_cast<std::int64_t>(value));
        return true;
    }
    bool string(const std::string& value) {
        if (place_ == Place::metadata_value) {
            metadata_[key_] = value;
            place_ = Place::metadata;
        } else if (place_ == Place::dtype) {
            const auto dtype = find_dtype(value);
            if (!dtype) fail("dtype " + in_quotes(value) + " is unknown; octet knows " + all_dtypes());
            entry_.dtype = *dtype;
            place_ = Place::tensor;
        } else {
            unexpected("the text " + in_quotes(value));
        }
        return true;
    }
    bool null() { return unexpected("null"); }
    bool boolean(bool value) { return unexpected(value ? "true" : "false"); }
    template <class Binary>
    bool binary(const Binary&) {
        return unexpected("binary data");
    }

    bool start_object(std::size_t) {
        if (place_ == Place::start) {
            place_ = Place::table;
        } else if (place_ == Place::entry && key_ == "__metadata__") {
            place_ = Place::metadata;
        } else if (place_ == Place::entry) {
            entry_.name = key_;
            entry_.shape.clear();
            entry_.payload.clear();
            seen_ = 0;
            place_ = Place::tensor;
        } else {
            unexpected("an object");
        }
        return true;
    }
    bool key(const std::string& key) {
        if (place_ == Place::table) {
            if (!names_.insert(key).second) throw Error(file_ + ": " + in_quotes(key) + " stands there twice");
            place_ = Place::entry;
        } else if (place_ == Place::metadata) {
            if (metadata_.contains(key)) fail("the key " + in_quotes(key) + " stands there twice");
            place_ = Place::metadata_value;
        } else {  // in a tensor
            const unsigned bit = key == "dtype" ? 1u : key == "shape" ? 2u : key == payload_key_ ? 4u : 0u;
            if (bit == 0)
                fail("the key " + in_quotes(key) + " is unknown; a tensor has dtype, shape and " + payload_key_);
            if ((seen_ & bit) != 0) fail("the key " + in_quotes(key) + " stands there twice");
            seen_ |= bit;
            place_ = bit == 1 ? Place::dtype : bit == 2 ? Place::shape_value : Place::payload_value;
        }
        key_ = key;
        return true;
    }
    bool end_object() {
        if (place_ == Place::tensor) {
            if ((seen_ & 1u) == 0) fail("has no dtype");
            if ((seen_ & 2u) == 0) fail("has no shape");
            if ((seen_ & 4u) == 0) fail("has no " + payload_key_);
            on_tensor_(entry_);
            place_ = Place::table;
        } else if (place_ == Place::metadata) {
            place_ = Place::table;
        } else {
            place_ = Place::end;
        }
        return true;
    }
    bool start_array(std::size_t) {
        if (place_ == Place::shape_value)
            place_ = Place::shape;
        else if (place_ == Place::payload_value)
            place_ = Place::payload;
        else
            unexpected(place_ == Place::payload ? "a list inside the list (numbers are to be flat)" : "a list");
        return true;
    }
    bool end_array() {
        place_ = Place::tensor;
        return true;
    }

    template <class Exception>
    bool parse_error(std::size_t, const std::string&, const Exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 5: ...", and it may quote all of a token.
        std::string text = error.what();
        if (const auto bracket = text.find("] "); bracket != std::string::npos) text.erase(0, bracket + 2);
        if (text.size() > 300) text = text.substr(0, 300) + "...";
        throw Error(file_ + ": is not valid JSON: " + text);
    }

    /// Throws Error about the tensor (or the metadata) that is being read.
    [[noreturn]] void fail(const std::string& text) const {
        const bool metadata = place_ == Place::metadata || place_ == Place::metadata_value;
        throw Error(file_ + ": " + (metadata ? "__metadata__" : "tensor " + in_quotes(entry_.name)) + ": " + text);
    }

private:
    /// Where in the table the parser is. `..._value`: behind a key, before its value.
    enum class Place {
        start,
        table,
        entry,
        metadata,
        metadata_value,
        tensor,
        dtype,
        shape_value,
        shape,
        payload_value,
        payload,
        end
    };

    bool payload(double value) {
        if (entry_.payload.size() == max_payload_)
            fail(payload_key_ + " has more than " + std::to_string(max_payload_) + " numbers");
        entry_.payload.push_back(value);
        return true;
    }
    bool number(const std::string& spelling) {
        if (place_ == Place::shape) fail("shape entry " + spelling + " is not an integer from 0 to 2^63 - 1");
        return unexpected("the number " + spelling);
    }
    bool unexpected(const std::string& found) const {
        switch (place_) {
            case Place::start: throw Error(file_ + ": expected an object of tensors, found " + found);
            case Place::entry:
                throw Error(file_ + ": " + in_quotes(key_) + ": expected an object" +
                            (key_ == "__metadata__" ? "" : " with dtype, shape and " + payload_key_) + ", found " +
                            found);
            case Place::metadata_value: fail(in_quotes(key_) + ": expected text, found " + found);
            case Place::dtype: fail("dtype: expected text, found " + found);
            case Place::shape_value: fail("shape: expected a list of integers, found " + found);
            case Place::shape: fail("shape: expected an integer, found " + found);
            case Place::payload_value: fail(payload_key_ + ": expected a list of numbers, found " + found);
            default: fail(payload_key_ + ": expected a number, found " + found);
        }
    }
    static std::string all_dtypes() {
        std::string list;
        for (const DTypeRow& row : dtype_rows) (list += list.empty() ? "" : ", ") += row.name;
        return list;
    }

    std::string file_;  // how messages begin
    std::string payload_key_;
    std::size_t max_payload_;
    OnTensor on_tensor_;
    Metadata metadata_;
    std::unordered_set<std::string> names_;
    TableEntry entry_;
    std::string key_;
    unsigned seen_ = 0;  // keys of this tensor: 1 dtype, 2 shape, 4 payload
    Place place_ = Place::start;
};

/// Parses `text` as a table, calls `on_tensor` for each tensor, returns the metadata.
inline Metadata read_tensor_table(std::span<const std::byte> text, const std::string& file,
                                  std::string_view payload_key, std::size_t max_payload, OnTensor on_tensor) {
    // nlohmann takes a NUL for the end of the text and would not look at what follows.
    if (const void* nul = text.empty() ? nullptr : std::memchr(text.data(), 0, text.size()))
        throw Error(file + ": is not valid JSON: byte " +
                    std::to_string(static_cast<const std::byte*>(nul) - text.data()) + " is 0");
    TensorTable table(file, payload_key, max_payload, std::move(on_tensor));
    const char* first = reinterpret_cast<const char*>(text.data());
    nlohmann::json::sax_parse(first, first + text.size(), &table);
    return table.take_metadata();
}

}  // namespace octet::detail
