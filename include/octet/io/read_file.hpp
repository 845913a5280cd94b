// A whole file in memory, read or mapped. Every way this can fail is an Error that names the path and the system's
// reason.
//
// A mapping saves the copy, and the pages to copy to. It shows what the file holds now: bytes that another process
// overwrites in place may change, and a file that it cuts short has pages that cannot be read any more, which ends the
// program (SIGBUS). Whoever replaces a file of weights renames a new one over it, as octet does: a mapping keeps the
// old one. Nothing that octet reads through a mapping decides about memory after it was checked, so other changes are
// harmless.
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

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "../core/error.hpp"

namespace octet {

/// A block of bytes with one owner, aligned for any scalar. Unlike a vector's, its memory is not zeroed first.
class Bytes {
public:
    /// Gives memory back that is not from new[].
    using Release = void (*)(std::byte*, std::size_t);

    Bytes() = default;
    explicit Bytes(std::size_t size) : data_(new std::byte[size]), size_(size) {}
    /// Takes over memory.
    Bytes(std::byte* data, std::size_t size, Release release) : data_(data, {release, size}), size_(size) {}
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
    struct Free {
        Release release;  // null: delete[]
        std::size_t size;
        void operator()(std::byte* p) const {
            if (release != nullptr)
                release(p, size);
            else
                delete[] p;
        }
    };
    std::unique_ptr<std::byte[], Free> data_;
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

/// The size of the file at `path`. Throws Error where there is none, or where it is no regular file.
inline std::size_t regular_file_size(const std::filesystem::path& path) {
    std::error_code reason;
    const auto status = std::filesystem::status(path, reason);
    if (status.type() == std::filesystem::file_type::not_found) throw Error(path.string() + ": there is no such file");
    if (reason) fail_with_reason(path, "cannot be examined", reason);
    if (status.type() == std::filesystem::file_type::directory)
        throw Error(path.string() + ": is a directory, not a file");
    // A pipe or a device has no size to allocate by.
    if (status.type() != std::filesystem::file_type::regular) throw Error(path.string() + ": is not a regular file");
    const std::uintmax_t size = std::filesystem::file_size(path, reason);
    if (reason) fail_with_reason(path, "its size cannot be found", reason);
    return static_cast<std::size_t>(size);
}

}  // namespace detail

/// The content of the file at `path`. Throws Error where there is none, or where it is no regular file.
inline Bytes read_file(const std::filesystem::path& path) {
    const std::size_t size = detail::regular_file_size(path);
    const detail::FileHandle file(std::fopen(path.string().c_str(), "rb"));
    if (!file) detail::fail_with_reason(path, "cannot be opened", detail::last_system_error());
    try {
        Bytes bytes(size);
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

/// The same content, mapped where the system and the file can, so that its pages are read when they are looked at.
/// Changes to the bytes are this program's own. For files that are replaced as a whole, never written in place.
inline Bytes map_file(const std::filesystem::path& path) {
#if defined(MAP_PRIVATE)
    detail::regular_file_size(path);  // its errors; and a pipe would not be opened before it has a writer
    if (const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC); file >= 0) {
        struct stat status {};
        void* data = MAP_FAILED;
        if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
            data =
                mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        close(file);
        if (data != MAP_FAILED)
            return {static_cast<std::byte*>(data), static_cast<std::size_t>(status.st_size),
                    [](std::byte* p, std::size_t size) { munmap(p, size); }};
    }
#endif
    return read_file(path);
}

}  // namespace octet
