#include "catch.hpp"
#include "file_support.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include <octet/io/read_file.hpp>

using support::error_of, support::has;

TEST_CASE("read_file gives back what is in the file") {
    const support::Folder folder;
    std::string text(100'000, 'x');
    text[5] = '\0';
    text[99'999] = '\n';
    support::write(folder / "a", text);
    const octet::Bytes bytes = octet::read_file(folder / "a");
    CHECK(std::string(reinterpret_cast<const char*>(bytes.span().data()), bytes.size()) == text);

    support::write(folder / "empty", "");
    CHECK(octet::read_file(folder / "empty").size() == 0);
}

TEST_CASE("map_file gives the same bytes, which are this program's own and outlive the file") {
    const support::Folder folder;
    support::write(folder / "a", std::string(100'000, 'x'));
    octet::Bytes bytes = octet::map_file(folder / "a");
    REQUIRE(bytes.size() == 100'000);
    bytes.span()[7] = std::byte{'y'};
    CHECK(support::content(folder / "a")[7] == 'x');
    std::filesystem::remove(folder / "a");
    octet::Bytes moved;
    moved = std::move(bytes);
    CHECK(moved.span()[7] == std::byte{'y'});
    CHECK(moved.span()[99'999] == std::byte{'x'});

    support::write(folder / "empty", "");
    CHECK(octet::map_file(folder / "empty").size() == 0);
    CHECK(has(error_of([&] { octet::map_file(folder / "nowhere"); }), "nowhere: there is no such file"));
    if (std::filesystem::exists("/dev/zero"))
        CHECK(has(error_of([] { octet::map_file("/dev/zero"); }), "/dev/zero: is not a regular file"));
}

TEST_CASE("read_file says which file cannot be read, and why") {
    const support::Folder folder;
    const std::string missing = error_of([&] { octet::read_file(folder / "nowhere.safetensors"); });
    CHECK(has(missing, "nowhere.safetensors: there is no such file"));

    support::write(folder / "file", "x");
    CHECK(has(error_of([&] { octet::read_file(folder / "file" / "below"); }), "no such file"));
    CHECK(has(error_of([&] { octet::read_file(folder / ""); }), "is a directory"));
    if (std::filesystem::exists("/dev/zero"))
        CHECK(has(error_of([] { octet::read_file("/dev/zero"); }), "/dev/zero: is not a regular file"));
}

TEST_CASE("read_file names the system's reason when permission is missing") {
    const support::Folder folder;
    support::write(folder / "secret", "x");
    std::filesystem::permissions(folder / "secret", std::filesystem::perms::none);
    if (support::content(folder / "secret") == "x") {
        WARN("skipped: this user may read everything");
        return;
    }
    CHECK(has(error_of([&] { octet::read_file(folder / "secret"); }), "secret: cannot be opened: Permission denied"));
}

TEST_CASE("Bytes that were moved from are empty") {
    octet::Bytes a(3);
    const octet::Bytes b = std::move(a);
    CHECK(b.size() == 3);
    CHECK(a.span().empty());  // NOLINT: this is the test
}
