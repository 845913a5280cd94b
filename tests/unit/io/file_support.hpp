// What the tests of io share: a folder that vanishes, and the text of the Error that a call throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <octet/core/error.hpp>
#include <octet/io/read_file.hpp>
#include <octet/io/tensor_file.hpp>

namespace support {

namespace fs = std::filesystem;

/// A folder of its own for one test.
class Folder {
public:
    Folder() {
        for (int i = 0;; ++i) {
            path_ = fs::temp_directory_path() / ("octet-io-test-" + std::to_string(i));
            if (fs::create_directory(path_)) return;
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path operator/(std::string_view name) const { return path_ / name; }
    /// How many things are in it.
    std::ptrdiff_t count() const { return std::distance(fs::directory_iterator(path_), fs::directory_iterator()); }

private:
    fs::path path_;
};

inline void write(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

inline std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline octet::Bytes bytes_of(std::string_view text) {
    octet::Bytes bytes(text.size());
    if (!text.empty()) std::memcpy(bytes.span().data(), text.data(), text.size());
    return bytes;
}

/// What the octet::Error says that `call` throws; "" if it throws none. Other exceptions pass, and fail the test.
template <class Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const octet::Error& error) {
        return error.what();
    }
    return "";
}

inline bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

/// Same names, types, shapes and bytes.
inline bool equal(const octet::TensorFile& a, const octet::TensorFile& b) {
    if (a.tensors().size() != b.tensors().size()) return false;
    for (std::size_t i = 0; i < a.tensors().size(); ++i) {
        const octet::StoredTensor& x = a.tensors()[i];
        const octet::StoredTensor& y = b.tensors()[i];
        if (x.name != y.name || x.dtype != y.dtype || x.shape != y.shape || x.data.size() != y.data.size())
            return false;
        if (!x.data.empty() && std::memcmp(x.data.data(), y.data.data(), x.data.size()) != 0) return false;
    }
    return true;
}

/// Reads every byte, so that a sanitizer sees a span that is too long.
inline unsigned touch(const octet::TensorFile& file) {
    unsigned sum = 0;
    for (const octet::StoredTensor& tensor : file.tensors())
        for (const std::byte b : tensor.data) sum += std::to_integer<unsigned>(b);
    return sum;
}

/// `text` with a few random injuries: bits flipped, bytes replaced, removed, doubled.
template <class Random>
std::string injured(std::string text, Random& random) {
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    constexpr std::string_view tempting = "0123456789-.eE[]{}\",: \\u\0\xff";
    for (std::size_t injuries = 1 + below(4); injuries > 0 && !text.empty(); --injuries) {
        const std::size_t at = below(text.size());
        switch (below(5)) {
            case 0: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
            case 1: text[at] = tempting[below(tempting.size())]; break;
            case 2: text.erase(at, 1 + below(9)); break;
            case 3: text.insert(at, 1 + below(3), tempting[below(tempting.size())]); break;
            default: text.insert(below(text.size()), text.substr(at, 1 + below(30))); break;
        }
    }
    return text;
}

}  // namespace support
