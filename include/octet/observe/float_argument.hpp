// A float as a template argument: compilers before clang 18 take none as it is, but they take a class with one.
#pragma once

namespace octet {

/// Made from any number, rounded once: `FixedQParamsObserver<1.0 / 256, 0>`.
struct FloatArgument {
    float value = 0.0f;

    constexpr FloatArgument(float number) : value(number) {}
    constexpr FloatArgument(double number) : value(static_cast<float>(number)) {}
    constexpr FloatArgument(int number) : value(static_cast<float>(number)) {}

    friend constexpr bool operator==(FloatArgument, FloatArgument) = default;
};

}  // namespace octet
