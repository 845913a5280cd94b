#include "catch.hpp"
#include "file_support.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>

#include <octet/io/atomic_file.hpp>

#if __has_include(<sys/resource.h>)
#include <sys/resource.h>
#include <csignal>
#endif

using support::content, support::error_of, support::has;
namespace fs = std::filesystem;

TEST_CASE("a file appears with its content, or is replaced by it") {
    const support::Folder folder;
    octet::write_file_atomically(folder / "a", std::string_view("first"));
    CHECK(content(folder / "a") == "first");
    octet::write_file_atomically(folder / "a", std::string_view("2nd"));
    CHECK(content(folder / "a") == "2nd");
    octet::write_file_atomically(folder / "empty", std::string_view());
    CHECK(content(folder / "empty").empty());
    CHECK(folder.count() == 2);  // no temporary is left
}

TEST_CASE("a file that is not committed never was") {
    const support::Folder folder;
    support::write(folder / "a", "old");
    try {
        octet::AtomicFile file(folder / "a");
        file.write(std::string(100'000, 'n'));
        CHECK(folder.count() == 2);
        throw std::runtime_error("something else went wrong");
    } catch (const std::runtime_error&) {
    }
    CHECK(content(folder / "a") == "old");
    CHECK(folder.count() == 1);
}

TEST_CASE("what cannot be written leaves nothing behind") {
    const support::Folder folder;
    const auto attempt = [](const fs::path& path) {
        return error_of([&] { octet::write_file_atomically(path, std::string_view("x")); });
    };
    CHECK(has(attempt(folder / "missing" / "a"),
              "a: cannot be written: there is no folder " + (folder / "missing").string()));
    support::write(folder / "file", "old");
    CHECK(has(attempt(folder / "file" / "a"), "there is no folder"));
    fs::create_directory(folder / "sub");
    CHECK(has(attempt(folder / "sub"), "sub: cannot be written: is a directory"));
    CHECK(content(folder / "file") == "old");
    CHECK(folder.count() == 2);
    // A rename would replace the device by a file.
    if (fs::exists("/dev/null"))
        CHECK(has(attempt("/dev/null"), "/dev/null: cannot be written: is not a regular file"));
    if (fs::exists("/proc/self")) CHECK(has(attempt("/proc/octet"), "/proc/octet: cannot be written: "));
}

TEST_CASE("a link stays a link, and permissions stay as they were") {
    const support::Folder folder;
    support::write(folder / "real", "old");
    fs::permissions(folder / "real", fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink(folder / "real", folder / "link");
    octet::write_file_atomically(folder / "link", std::string_view("new"));
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(content(folder / "real") == "new");
    CHECK(fs::status(folder / "real").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(folder.count() == 2);
}

TEST_CASE("a name without a folder is in the current one") {
    const support::Folder folder;
    const fs::path before = fs::current_path();
    fs::current_path(folder / "");
    octet::write_file_atomically("here", std::string_view("x"));
    fs::current_path(before);
    CHECK(content(folder / "here") == "x");
}

#if __has_include(<sys/resource.h>)
TEST_CASE("no room for the file is an error, and the old file stays") {
    const support::Folder folder;
    support::write(folder / "a", "old");
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit small = before;
    small.rlim_cur = 10'000;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string at_once = error_of([&] { octet::write_file_atomically(folder / "a", std::string(50'000, 'n')); });
    // 2,000 bytes at a time stay in the stream's buffer for a while; the last ones until the file is closed.
    const std::string late = error_of([&] {
        octet::AtomicFile file(folder / "a");
        for (int i = 0; i < 6; ++i) file.write(std::string(2'000, 'n'));
        file.commit();
    });
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(has(at_once, "a: cannot be written: File too large"));
    CHECK(has(late, "a: cannot be written: File too large"));
    CHECK(content(folder / "a") == "old");
    CHECK(folder.count() == 1);
}
#endif
