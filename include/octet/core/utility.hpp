// Two things that many rooms need and that need nothing themselves.
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

}  // namespace octet
