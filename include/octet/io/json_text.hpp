// Spelling JSON: what the writers of both formats put into their files, without spaces.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "../core/error.hpp"
#include "tensor_file.hpp"

namespace octet::detail {

/// `text` as JSON, in quotes. Throws Error where it is not UTF-8.
inline std::string json_text(std::string_view text, const std::string& file) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::exception&) {
        throw Error(file + ": cannot be written: the text " + in_quotes(text) + " is not valid UTF-8");
    }
}

inline std::string json_metadata(const Metadata& metadata, const std::string& file) {
    std::string text = "{";
    for (const auto& [key, value] : metadata)
        text.append(text.size() > 1 ? "," : "").append(json_text(key, file)).append(":").append(json_text(value, file));
    return text + "}";
}

inline std::string json_shape(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (const std::int64_t extent : shape) text.append(text.size() > 1 ? "," : "").append(std::to_string(extent));
    return text + "]";
}

}  // namespace octet::detail
