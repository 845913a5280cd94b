// Scratch memory of kernels on several threads: each thread has its own, as large as the largest kernel of the program
// wants it. A thread pool makes it before anything runs, so a forward pass allocates nothing. (Thread-local arrays
// would do as well, if they did not have to fit into the stacks of all threads.) Serial programs and firmware use the
// arena and have no trace of this.
#pragma once

#include <algorithm>
#include <cstddef>

#include "../core/block.hpp"

namespace octet::detail {

class ThreadScratch {
public:
    /// The calling thread's, for `Kernel`.
    template <class Kernel>
    static std::byte* of() {
        (void)wanted_by<Kernel>;  // so that it is initialised
        return at_least(std::max(largest, Kernel::scratch_bytes));
    }
    /// Makes the calling thread's, for every kernel there is.
    static void make() { at_least(largest); }

    ThreadScratch(const ThreadScratch&) = delete;
    ThreadScratch& operator=(const ThreadScratch&) = delete;

private:
    ThreadScratch() = default;
    ~ThreadScratch() { release(); }

    static std::byte* at_least(std::size_t bytes) {
        static thread_local ThreadScratch own;
        if (own.size_ < bytes) {
            own.release();
            own.data_ = allocate_zeros(bytes);
            own.size_ = bytes;
        }
        return own.data_;
    }
    void release() {
        if (size_ > 0) free_zeros(data_, size_);
        size_ = 0;
    }

    static inline std::size_t largest = 0;
    // Initialised before main(), and `largest` with it.
    template <class Kernel>
    static inline const std::size_t wanted_by = largest = std::max(largest, Kernel::scratch_bytes);

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace octet::detail
