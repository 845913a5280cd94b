#include "catch.hpp"

#include <octet/core/name.hpp>
#include <octet/core/rounding.hpp>
#include <octet/core/shape.hpp>

using octet::Name;

TEST_CASE("a name is built at compile time as PyTorch spells module paths") {
    constexpr Name name = Name("layer") + 1 + "." + 0 + ".conv" + 12;
    STATIC_REQUIRE(name.view() == "layer1.0.conv12");
    STATIC_REQUIRE(name == Name("layer1.0.conv12"));
    STATIC_REQUIRE(Name().empty());
}

TEST_CASE("rounding is to nearest, ties to even, and what does not fit gives INT32_MIN") {
    using octet::round_to_int;
    CHECK(round_to_int(0.5f) == 0);
    CHECK(round_to_int(1.5f) == 2);
    CHECK(round_to_int(2.5f) == 2);
    CHECK(round_to_int(-0.5f) == 0);
    CHECK(round_to_int(-1.5f) == -2);
    CHECK(round_to_int(2147483520.0f) == 2147483520);
    constexpr std::int32_t lost = std::numeric_limits<std::int32_t>::min();
    CHECK(round_to_int(2147483648.0f) == lost);
    CHECK(round_to_int(-2147483648.0f) == lost);
    CHECK(round_to_int(-3e9f) == lost);
    CHECK(round_to_int(std::numeric_limits<float>::quiet_NaN()) == lost);
    CHECK(round_to_int(std::numeric_limits<float>::infinity()) == lost);
    CHECK(octet::wrapping_add(2147483647, 1) == lost);
}

TEST_CASE("a window's output is PyTorch's") {
    using octet::Padding;
    using octet::Window;
    constexpr Window conv1{7, 2, 3};
    STATIC_REQUIRE(conv1.output({224, 224, 3}) == octet::Pair(112, 112));
    // TensorFlow's SAME at stride 2: nothing above, one row below.
    constexpr Window same{3, 2, Padding{0, 0, 1, 1}};
    STATIC_REQUIRE(same.output({32, 32, 3}) == octet::Pair(16, 16));
    constexpr Window large{5, 1, 0};
    STATIC_REQUIRE(large.output({4, 9, 1}).h == 0);
}
