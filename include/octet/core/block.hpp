// A block of memory: parameters and arenas on a host. Firmware has the same
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

// The system puts a mapping of whole large pages where such pages begin.
inline std::size_t whole_pages(std::size_t size) { return (size + large_page - 1) / large_page * large_page; }
inline void* map_pages(std::size_t size) {
    void* p = mmap(nullptr, whole_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();  // host
#if defined(MADV_HUGEPAGE)
    madvise(p, whole_pages(size), MADV_HUGEPAGE);  // a wish: without it, the pages are small
#endif
    return p;
}
inline void unmap_pages(void* p, std::size_t size) { munmap(p, whole_pages(size)); }
#else
inline constexpr std::size_t from_system = std::size_t(-1);
inline void* map_pages(std::size_t) { return nullptr; }  // never called
inline void unmap_pages(void*, std::size_t) {}
#endif

// Once for blocks of all sizes.
[[gnu::noinline]] inline std::byte* allocate_zeros(std::size_t size) {
    void* p = size >= from_system ? map_pages(size)
                                  : std::memset(::operator new (size, std::align_val_t{cache_line}), 0, size);
    return static_cast<std::byte*>(p);
}
[[gnu::noinline]] inline void free_zeros(std::byte* p, std::size_t size) {
    if (size >= from_system)
        unmap_pages(p, size);
    else
        ::operator delete (p, std::align_val_t{cache_line});
}
}  // namespace detail

/// Zeroed bytes on the heap, aligned to a cache line. Copies copy the bytes; a moved-from block is empty.
class Block {
public:
    static constexpr std::size_t alignment = detail::cache_line;

    /// `size` bytes, at least one.
    explicit Block(std::size_t size) : bytes_(allocate(size == 0 ? 1 : size)) {}
    Block(const Block& other) : bytes_(allocate(other.size())) { std::memcpy(data(), other.data(), size()); }
    Block(Block&&) noexcept = default;
    Block& operator=(Block other) noexcept {
        bytes_ = std::move(other.bytes_);
        return *this;
    }
    ~Block() = default;

    std::byte* data() { return bytes_.get(); }
    const std::byte* data() const { return bytes_.get(); }
    std::size_t size() const { return bytes_ ? bytes_.get_deleter().size : 0; }

private:
    struct Free {
        std::size_t size = 0;
        void operator()(std::byte* p) const { detail::free_zeros(p, size); }
    };
    using Owner = std::unique_ptr<std::byte, Free>;

    static Owner allocate(std::size_t size) { return Owner(detail::allocate_zeros(size), Free{size}); }

    Owner bytes_;
};

}  // namespace octet
