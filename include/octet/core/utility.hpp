// Three things that many rooms need and that need nothing themselves.
#pragma once

#include <cstddef>

namespace octet {

namespace detail {
/// False, but only once T is known: for a static_assert that must fail when a template is used, not when it is read.
template <class>
inline constexpr bool never = false;
}  // namespace detail

/// `bytes` rounded up to whole cache lines.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// Asks the processor to bring `bytes` from `from` on near, into the second level of its cache. A hint: it changes no
/// value, and there may be no such memory.
inline void prefetch(const std::byte* from, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(from + i, 0, 2);
}

}  // namespace octet
