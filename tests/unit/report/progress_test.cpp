#include "catch.hpp"

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include <octet/report/progress.hpp>

namespace {

std::string written_by(const std::function<void(std::FILE*)>& write) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    REQUIRE(file != nullptr);
    write(file.get());
    std::rewind(file.get());
    std::string text;
    for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get())) text += static_cast<char>(c);
    return text;
}

}  // namespace

TEST_CASE("a file gets few lines, and the last state") {
    const std::string text = written_by([](std::FILE* file) {
        octet::Progress progress("calibrating", 1200, file);  // a file is no terminal
        for (int i = 0; i < 1200; ++i) progress.advance();
        progress.finish();
    });
    CHECK(text.starts_with("calibrating  1,200/1,200  "));
    CHECK(text.ends_with(" s\n"));
    CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("a terminal gets one line that redraws itself") {
    const std::string text = written_by([](std::FILE* file) {
        octet::Progress progress("testing", 4, file, true);
        for (int i = 0; i < 4; ++i) progress.advance();
    });
    CHECK(text.starts_with("\rtesting  ███████░"));
    CHECK(text.find("  1/4  ") != std::string::npos);
    CHECK(text.find("█  4/4  ") != std::string::npos);
    CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("what is left halfway does not claim to be complete") {
    const std::string text = written_by([](std::FILE* file) {
        octet::Progress progress("testing", 100, file, true);
        progress.advance(40);
    });
    CHECK(text.find("40/100") != std::string::npos);
    CHECK(text.find("100/100") == std::string::npos);
    CHECK(text.ends_with("\n"));
    CHECK(written_by([](std::FILE* file) { octet::Progress("never begun", 9, file, true); }).empty());
}

TEST_CASE("the total may be unknown, or exceeded") {
    CHECK(written_by([](std::FILE* file) {
              octet::Progress progress("reading", 0, file, false);
              progress.advance(7);
              progress.finish();
          }).starts_with("reading  7  "));
    CHECK(written_by([](std::FILE* file) { octet::Progress("reading", 2, file, true).advance(5); }).find("5/2") !=
          std::string::npos);
}
