#include "catch.hpp"
#include "file_support.hpp"

#include <filesystem>
#include <string>

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
