// Regular expressions over names, against Python's re.match.
#include "catch.hpp"

#include <octet/observe/name_pattern.hpp>
#include <stdexcept>
#include <string>

namespace octet::detail {
// In a constant expression this stops the compiler; here it must be defined.
inline void a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know() {
    throw std::invalid_argument("malformed");
}
}  // namespace octet::detail

using octet::matches_pattern;

namespace {
constexpr const char* names[] = {"conv1",
                                 "layer1.0.conv1",
                                 "layer1.0.conv2",
                                 "layer1.10.conv1",
                                 "layer10.conv",
                                 "layer2.0.downsample.0",
                                 "features.12.conv",
                                 "fc",
                                 "add_1",
                                 "relu",
                                 "Block_A.b1",
                                 "a-b",
                                 "input"};
struct Row {
    const char *pattern, *matches;  // by name, 1 where re.match(pattern, name) is not None
};
constexpr Row table[] = {
    {R"(ad?_)", "0000000000000"},
    {R"([ab-]+$)", "0000000000010"},
    {R"(layer1)", "0111100000000"},
    {R"(layer1\.)", "0111000000000"},
    {R"(layer1.)", "0111100000000"},
    {R"(layer1\.0\.conv.)", "0110000000000"},
    {R"(layer1\.[0-9]+\.conv1)", "0101000000000"},
    {R"(layer\d\.0)", "0110010000000"},
    {R"(layer\d+\.)", "0111110000000"},
    {R"((layer1|layer2)\.0\..*)", "0110010000000"},
    {R"(layer(1|10)\.)", "0111100000000"},
    {R"(^fc$)", "0000000100000"},
    {R"(fc|conv1)", "1000000100000"},
    {R"(conv)", "1000000000000"},
    {R"(conv1$)", "1000000000000"},
    {R"(.*conv1)", "1101000000000"},
    {R"(.*conv1$)", "1101000000000"},
    {R"(.*\.conv\d$)", "0111000000000"},
    {R"([^l].*)", "1000001111111"},
    {R"([a-c])", "1000000010010"},
    {R"([a-cf-h]+$)", "0000000100000"},
    {R"([^.]+$)", "1000000111011"},
    {R"(\w+$)", "1000000111001"},
    {R"(\w+\.\w+$)", "0000100000100"},
    {R"(x*)", "1111111111111"},
    {R"(x*$)", "0000000000000"},
    {R"((a|ab)(c|d)*dd_1$)", "0000000010000"},
    {R"(add_1?$)", "0000000010000"},
    {R"(l(ay)?er1\.(0|10)\.conv[12]$)", "0111000000000"},
    {R"()", "1111111111111"},
    {R"($)", "0000000000000"},
    {R"(^)", "1111111111111"},
    {R"((^f|^a)[cd])", "0000000110000"},
    {R"(features\.1?2\.)", "0000001000000"},
    {R"(features\.1*\.)", "0000000000000"},
    {R"(feature(s\.)+12)", "0000001000000"},
    {R"(([a-z]+\d*\.)+conv1)", "0000000000000"},
    {R"((\w+\.)*conv)", "1111101000000"},
    {R"([A-Z])", "0000000000100"},
    {R"(Block_[^a-z]\.b)", "0000000000100"},
    {R"([\w.]+$)", "1111111111101"},
    {R"([a\-b]+$)", "0000000000010"},
    {R"([-a-b]+$)", "0000000000010"},
    {R"([]a])", "0000000010010"},
    {R"(a-b)", "0000000000010"},
    {R"(r?e?l?u)", "0000000001000"},
    {R"((r|e|l|u)*$)", "0000000001000"},
    {R"(()fc)", "0000000100000"},
    {R"((|f)c)", "1000000100000"},
    {R"(a|)", "1111111111111"},
    {R"(layer1.0.conv1.)", "0000000000000"},
    {R"(..$)", "0000000100000"},
};
}  // namespace

TEST_CASE("patterns match what Python's re.match matches") {
    for (const Row& row : table)
        for (std::size_t i = 0; i < std::size(names); ++i) {
            INFO(row.pattern << " on " << names[i]);
            CHECK(matches_pattern(row.pattern, names[i]) == (row.matches[i] == '1'));
        }
    STATIC_REQUIRE(matches_pattern("layer1\\.\\d+\\.conv[12]$", "layer1.10.conv2"));
    STATIC_REQUIRE_FALSE(matches_pattern("layer1\\.\\d+\\.conv[12]$", "layer1.10.conv21"));
}

TEST_CASE("what is malformed or unknown is refused") {
    for (const char* pattern :
         {"(",   ")",   "(a",  "a)",  "[",   "[a",  "[]",    "[^]",   "*",    "+a", "?", "a|*", "(*a)", "\\",
          "a\\", "[\\", "\\b", "\\s", "\\D", "\\1", "(?:a)", "(?i)a", "a{2}", "{",  "}", "]",   "[a-",  "(a|b))"}) {
        INFO(pattern);
        CHECK_THROWS_AS(matches_pattern(pattern, "a"), std::invalid_argument);
    }
}

TEST_CASE("the longest pattern that a name holds has states enough") {
    const std::string name(47, 'a');
    for (const std::string unit : {"a", "a?", "a*", "(a|b)", "|", "[ab]+", ".", "(a)?", "()", "^", "\\w"}) {
        std::string pattern;
        while (pattern.size() + unit.size() <= 47) pattern += unit;
        CHECK(matches_pattern(pattern, name));
    }
}
