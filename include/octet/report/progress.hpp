// Progress of something long, on stderr: one line that redraws itself on a terminal, a line every now and
// then where the output goes to a file, nothing that would end up in a result.
//
//     octet::Progress progress("calibrating", images.size());
//     for (const auto& image : images) { ...; progress.advance(); }
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#else
#include <io.h>
#endif

#include "format.hpp"

namespace octet {

/// Whether a person may be watching `stream`, on something that understands a carriage return.
inline bool is_terminal(std::FILE* stream) {
    const char* kind = std::getenv("TERM");
    if (kind && std::string_view(kind) == "dumb") return false;
#if __has_include(<unistd.h>)
    return ::isatty(::fileno(stream)) != 0;
#else
    return ::_isatty(::_fileno(stream)) != 0;
#endif
}

/// A progress bar. One thread advances it; others may work meanwhile.
class Progress {
public:
    Progress(std::string label, std::uint64_t total, std::FILE* out = stderr)
        : Progress(std::move(label), total, out, is_terminal(out)) {}
    /// For a stream whose kind one knows better.
    Progress(std::string label, std::uint64_t total, std::FILE* out, bool terminal)
        : label_(std::move(label)), total_(total), out_(out), terminal_(terminal) {}

    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Ends the line as it stands: what was left by an exception does not claim to be complete.
    ~Progress() {
        if (shown_ && !finished_ && terminal_) std::fputc('\n', out_);
    }

    /// `steps` more are done. Reaching the total finishes.
    void advance(std::uint64_t steps = 1) {
        done_ += steps;
        if (total_ != 0 && done_ >= total_) return finish();
        const auto now = Clock::now();
        const bool due = terminal_ ? now - shown_at_ >= std::chrono::milliseconds(100)
                                   : now - shown_at_ >= std::chrono::seconds(5) && (done_ - shown_done_) * 10 >= total_;
        if (due || (terminal_ && !shown_)) show(now);
    }

    /// `done` of the total are done.
    void reach(std::uint64_t done) {
        if (done > done_) advance(done - done_);
    }

    /// Shows the last state and ends the line. Once is enough, more does no harm.
    void finish() {
        if (finished_) return;
        finished_ = true;
        show(Clock::now());
        if (terminal_) std::fputc('\n', out_);
    }

private:
    using Clock = std::chrono::steady_clock;

    void show(Clock::time_point now) {
        const double seconds = std::chrono::duration<double>(now - start_).count();
        std::string line = terminal_ ? "\r" : "";
        line += label_;
        if (terminal_ && total_ != 0) detail::append(line, "  ", bar());
        detail::append(line, "  ", detail::format_count(done_));
        if (total_ != 0) detail::append(line, "/", detail::format_count(total_));
        if (finished_) {
            detail::append(line, "  ", detail::format_fixed(seconds, 1), " s");
        } else if (done_ != 0 && total_ > done_) {
            const double left = seconds / static_cast<double>(done_) * static_cast<double>(total_ - done_);
            detail::append(line, "  ", detail::format_fixed(left, left < 10 ? 1 : 0), " s left");
        }
        line += terminal_ ? "\x1b[K" : "\n";  // [K: what a longer line left behind
        std::fputs(line.c_str(), out_);
        std::fflush(out_);
        shown_ = true;
        shown_at_ = now;
        shown_done_ = done_;
    }

    std::string bar() const {
        constexpr std::uint64_t width = 28;
        const std::uint64_t full = done_ >= total_ ? width : done_ * width / total_;
        std::string text;
        for (std::uint64_t i = 0; i < width; ++i) text += i < full ? "█" : "░";
        return text;
    }

    std::string label_;
    std::uint64_t total_;
    std::FILE* out_;
    bool terminal_;
    bool shown_ = false;
    bool finished_ = false;
    std::uint64_t done_ = 0;
    std::uint64_t shown_done_ = 0;
    Clock::time_point start_ = Clock::now();
    Clock::time_point shown_at_ = start_;
};

}  // namespace octet
