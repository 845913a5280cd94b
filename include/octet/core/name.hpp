// A short text that the compiler can carry: the names of layers, as PyTorch spells them
// ("layer1.0.conv1"). Fixed capacity, no heap, usable in constant expressions and as a template argument,
// so that a compiler's message can quote the layer it is about.
#pragma once

#include <cstddef>
#include <string_view>

namespace octet {

namespace detail {
// Not constexpr and never defined: a name that is too long stops the compiler here, and the function's
// name is the message.
void a_name_is_longer_than_47_characters();
}  // namespace detail

/// A name of at most 47 characters. `Name("layer") + 1 + "." + 0` is "layer1.0", at compile time.
struct Name {
    static constexpr std::size_t capacity = 48;

    char text[capacity]{};
    std::size_t length = 0;

    constexpr Name() = default;
    constexpr Name(const char* characters) : Name(std::string_view(characters)) {}
    constexpr Name(std::string_view characters) { append(characters); }

    constexpr std::string_view view() const { return {text, length}; }
    constexpr bool empty() const { return length == 0; }

    constexpr void append(std::string_view more) {
        if (length + more.size() >= capacity) detail::a_name_is_longer_than_47_characters();
        for (const char c : more) text[length++] = c;
    }

    friend constexpr Name operator+(Name left, std::string_view right) {
        left.append(right);
        return left;
    }
    friend constexpr Name operator+(Name left, const char* right) { return left + std::string_view(right); }
    /// Appends a number of 0 or more in decimal.
    friend constexpr Name operator+(Name left, int number) {
        if (number >= 10) left = left + number / 10;
        const char digit = static_cast<char>('0' + number % 10);
        left.append({&digit, 1});
        return left;
    }
    // From the end: names in a network differ there, and this is most of what the compiler does to check one.
    friend constexpr bool operator==(const Name& a, const Name& b) {
        if (a.length != b.length) return false;
        for (std::size_t i = a.length; i > 0; --i)
            if (a.text[i - 1] != b.text[i - 1]) return false;
        return true;
    }
};

}  // namespace octet
