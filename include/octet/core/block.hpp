// A block of memory whose size the compiler knows: parameters and arenas on a host. Firmware has the same
// bytes in flash and in a static array instead, so nothing in a forward pass depends on this header.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>  // host
#include <new>
#include <utility>

namespace octet {

/// `Bytes` zeroed bytes on the heap, aligned to a cache line. Copies copy the bytes; a moved-from block is empty.
template <std::size_t Bytes>
class Block {
public:
    static constexpr std::size_t alignment = 64;

    Block() : bytes_(allocate()) { std::memset(bytes_.get(), 0, size()); }
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
    struct Free {
        void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{alignment}); }
    };
    using Owner = std::unique_ptr<std::byte, Free>;

    static Owner allocate() {
        return Owner(static_cast<std::byte*>(::operator new (size(), std::align_val_t{alignment})));
    }

    Owner bytes_;
};

}  // namespace octet
