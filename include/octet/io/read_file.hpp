// A whole file in memory: one allocation, sized from the file, filled with plain reads. Every way this can
// fail is an Error that names the path and the system's reason.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "../core/error.hpp"

namespace octet {

/// A block of bytes with one owner, aligned for any scalar. Unlike a vector's, its memory is not zeroed first.
class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::size_t size) : data_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}
    Bytes(Bytes&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    Bytes& operator=(Bytes&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    std::size_t size() const { return size_; }
    std::span<std::byte> span() { return {data_.get(), size_}; }
    std::span<const std::byte> span() const { return {data_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t size_ = 0;
};

namespace detail {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

/// `"weights.bin": cannot be opened: Permission denied`
[[noreturn]] inline void fail_with_reason(const std::filesystem::path& path, const std::string& what,
                                          const std::error_code& reason) {
    throw Error(path.string() + ": " + what + ": " + reason.message());
}

inline std::error_code last_system_error() { return {errno, std::generic_category()}; }

}  // namespace detail

/// The content of the file at `path`. Throws Error where there is none, or where it is no regular file.
inline Bytes read_file(const std::filesystem::path& path) {
    std::error_code reason;
    const auto status = std::filesystem::status(path, reason);
    if (status.type() == std::filesystem::file_type::not_found) throw Error(path.string() + ": there is no such file");
    if (reason) detail::fail_with_reason(path, "cannot be examined", reason);
    if (status.type() == std::filesystem::file_type::directory)
        throw Error(path.string() + ": is a directory, not a file");
    // A pipe or a device has no size to allocate by.
    if (status.type() != std::filesystem::file_type::regular) throw Error(path.string() + ": is not a regular file");
    const std::uintmax_t size = std::filesystem::file_size(path, reason);
    if (reason) detail::fail_with_reason(path, "its size cannot be found", reason);

    const detail::FileHandle file(std::fopen(path.string().c_str(), "rb"));
    if (!file) detail::fail_with_reason(path, "cannot be opened", detail::last_system_error());
    try {
        Bytes bytes(static_cast<std::size_t>(size));
        errno = 0;
        const std::size_t got = std::fread(bytes.span().data(), 1, bytes.size(), file.get());
        if (std::ferror(file.get()) != 0) detail::fail_with_reason(path, "cannot be read", detail::last_system_error());
        if (got != bytes.size())
            throw Error(path.string() + ": became shorter while it was read: expected " + std::to_string(size) +
                        " bytes, found " + std::to_string(got));
        return bytes;
    } catch (const std::bad_alloc&) {
        throw Error(path.string() + ": no memory for its " + std::to_string(size) + " bytes");
    }
}

}  // namespace octet
