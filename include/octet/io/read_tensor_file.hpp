// A file of weights in either format, told apart by its content: a safetensors file begins with a length that
// no file reaches in eight non-zero bytes, and JSON text has no zero byte.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>

#include "../core/error.hpp"
#include "json_tensors.hpp"
#include "read_file.hpp"
#include "safetensors.hpp"
#include "tensor_file.hpp"

namespace octet {

/// Reads a safetensors or JSON file. Throws Error, which names the file, the tensor, what was expected and what was
/// found.
inline TensorFile read_tensor_file(const std::filesystem::path& path) {
    Bytes bytes = map_file(path);
    const std::string_view text(reinterpret_cast<const char*>(bytes.span().data()), bytes.size());
    if (text.empty()) throw Error(path.string() + ": is empty");

    if (text.starts_with("PK\x03\x04") && text.substr(0, 9).back() != '{')
        throw Error(path.string() +
                    ": is a zip archive, as torch.save writes; expected safetensors or JSON. In Python: "
                    "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")");
    if (text.substr(0, 8).find('\0') != std::string_view::npos) return parse_safetensors(path, std::move(bytes));
    const std::string_view byte_order_mark = "\xef\xbb\xbf";
    const std::size_t start = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    const std::size_t first = text.find_first_not_of(" \t\r\n", start);
    if (first != std::string_view::npos && text[first] == '{') return parse_json_tensors(path, bytes);
    throw Error(path.string() +
                ": is neither safetensors (8 bytes of header length, then {) nor JSON (an object in { })");
}

}  // namespace octet
