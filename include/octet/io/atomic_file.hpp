// Writing a file so that its name never stands for half a file: the bytes go to a temporary beside the
// target, which is renamed over the target only when all of them are written. If anything fails, the
// temporary is removed and what was there before is untouched.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "../core/error.hpp"
#include "read_file.hpp"

namespace octet {

/// A file being written. It appears under its name at `commit()`, or never.
class AtomicFile {
public:
    /// Opens the temporary. Throws Error where the folder is missing or cannot be written to, or where the target is
    /// something a rename must not replace (a folder, a device).
    explicit AtomicFile(const std::filesystem::path& target) : path_(target), target_(target) {
        namespace fs = std::filesystem;
        std::error_code reason;
        if (fs::is_symlink(target, reason)) {  // write what the link points to; do not replace the link
            target_ = fs::weakly_canonical(target, reason);
            if (reason) detail::fail_with_reason(path_, "is a link that cannot be followed", reason);
        }
        const fs::file_status status = fs::status(target_, reason);
        if (status.type() == fs::file_type::directory)
            throw Error(path_.string() + ": cannot be written: is a directory");
        if (fs::exists(status) && status.type() != fs::file_type::regular)
            throw Error(path_.string() + ": cannot be written: is not a regular file");
        const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
        if (!fs::is_directory(folder, reason))
            throw Error(path_.string() + ": cannot be written: there is no folder " + folder.string());

        // The name only has to differ from those of other writers; opening with "x" never takes an existing file.
        const auto number = reinterpret_cast<std::uintptr_t>(this);
        for (unsigned attempt = 0; attempt < 100 && !file_; ++attempt) {
            temporary_ = target_;
            temporary_ += ".tmp-" + std::to_string(number + attempt);
            file_.reset(std::fopen(temporary_.string().c_str(), "wbx"));
            if (!file_ && errno != EEXIST) break;
        }
        if (!file_) detail::fail_with_reason(path_, "cannot be written", detail::last_system_error());
        if (fs::exists(status)) fs::permissions(temporary_, status.permissions(), reason);  // as before, if allowed
    }

    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    ~AtomicFile() {
        if (!committed_) discard();
    }

    /// Appends. Throws Error with the system's reason (no space left, say).
    void write(std::span<const std::byte> bytes) {
        if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail();
    }
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Gives the finished file its name, replacing what had it.
    void commit() {
        // Closing writes what is still buffered, so it may be where a full disk shows.
        if (std::fclose(file_.release()) != 0) fail();
        std::error_code reason;
        std::filesystem::rename(temporary_, target_, reason);
        if (reason) detail::fail_with_reason(path_, "cannot be replaced", reason);
        committed_ = true;
    }

private:
    [[noreturn]] void fail() const {
        detail::fail_with_reason(path_, "cannot be written", detail::last_system_error());
    }

    void discard() noexcept {
        file_.reset();
        std::error_code ignored;
        std::filesystem::remove(temporary_, ignored);
    }

    std::filesystem::path path_;       // as the caller spelled it, for messages
    std::filesystem::path target_;     // with links followed
    std::filesystem::path temporary_;  // beside the target: a rename works only within one file system
    detail::FileHandle file_;
    bool committed_ = false;
};

/// Replaces the content of the file at `path` by `bytes`, or throws Error and changes nothing.
inline void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    AtomicFile file(path);
    file.write(bytes);
    file.commit();
}
/// The same for text.
inline void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace octet
