// A block of memory whose size the compiler knows: parameters and arenas on a host. Firmware has the same
// bytes in flash and in a static array instead, so nothing in a forward pass depends on this header.
//
// A large block comes from the system rather than from the heap, in large pages where there are any: 80 MB of weights
// are then 40 page faults instead of 20,000, they are zero without being written, and a forward pass that streams
// through them looks up few addresses.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>  // host
#include <new>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>  // host
#endif

namespace octet {

namespace detail {
inline constexpr std::size_t large_page = std::size_t{2} << 20;
inline constexpr std::size_t cache_line = 64;
#if defined(MAP_ANONYMOUS)
inline constexpr std::size_t from_system = 2 * large_page;  // blocks of this size and more

inline std::byte* allocate_pages(std::size_t size) {
    void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();  // host
#if defined(MADV_HUGEPAGE)
    madvise(p, size, MADV_HUGEPAGE);  // a wish: without it, the pages are small
#endif
    return static_cast<std::byte*>(p);
}
inline void free_pages(std::byte* p, std::size_t size) { munmap(p, size); }
#else
inline constexpr std::size_t from_system = std::size_t(-1);
std::byte* allocate_pages(std::size_t size);
void free_pages(std::byte* p, std::size_t size);
#endif
}  // namespace detail

/// `Bytes` zeroed bytes on the heap, aligned to a cache line. Copies copy the bytes; a moved-from block is empty.
template <std::size_t Bytes>
class Block {
public:
    static constexpr std::size_t alignment = detail::cache_line;

    Block() : bytes_(allocate()) {}
    Block(const Block& other) : bytes_(allocate()) { std::memcpy(bytes_.get(), other.bytes_.get(), size()); }
    Block(Block&&) noexcept = default;
    Block& operator=(Block other) noexcept {
        bytes_ = std::move(other.bytes_);
        return *this;
    }
    ~Block() = default;

    std::byte* data() { return bytes_.get(); }
    const std::byte* data() const { return bytes_.get(); }
    static constexpr std::size_t size() { return Bytes == 0 ? 1 : Bytes; }

private:
    static constexpr bool large = Bytes >= detail::from_system;
    // The system puts a mapping of whole large pages where such pages begin.
    static constexpr std::size_t mapped = (Bytes + detail::large_page - 1) / detail::large_page * detail::large_page;

    struct Free {
        void operator()(std::byte* p) const {
            if constexpr (large)
                detail::free_pages(p, mapped);
            else
                ::operator delete (p, std::align_val_t{alignment});
        }
    };
    using Owner = std::unique_ptr<std::byte, Free>;

    static Owner allocate() {
        if constexpr (large) return Owner(detail::allocate_pages(mapped));
        return Owner(
            static_cast<std::byte*>(std::memset(::operator new (size(), std::align_val_t{alignment}), 0, size())));
    }

    Owner bytes_;
};

}  // namespace octet
