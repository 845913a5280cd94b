// Who does the work. A kernel is cut into units that may run in any order on any thread; an executor hands
// out contiguous ranges of them. Results never depend on it.
#pragma once

namespace octet {

namespace detail {
struct AnyWork {
    void operator()(int, int) const {}
};
}  // namespace detail

/// Runs `work(begin, end)` over ranges that cover [0, units) exactly once, and returns when all are done.
template <class E>
concept Executor = requires(E& executor, detail::AnyWork work) {
    executor.for_each(1, work);
};

/// An executor that works on the calling thread only, and says so.
template <class E>
concept SerialExecutor = Executor<E> && requires {
    requires E::serial;
};

/// The calling thread alone: what firmware has, and the default.
struct Serial {
    static constexpr bool serial = true;
    template <class Work>
    void for_each(int units, const Work& work) const {
        work(0, units);
    }
};

/// An executor of type E that is the calling thread alone.
template <Executor E>
E one_thread() {
    if constexpr (SerialExecutor<E>)
        return E{};
    else
        return E(1);
}

}  // namespace octet
