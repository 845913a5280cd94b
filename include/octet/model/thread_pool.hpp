// All cores, for hosts: threads that are started once and then wait for work, spinning briefly - the steps
// of a network follow each other within microseconds - before they sleep.
#pragma once

#include <atomic>
#include <condition_variable>  // host
#include <mutex>               // host
#include <thread>              // host
#include <vector>              // host

#include "executor.hpp"
#include "thread_scratch.hpp"

namespace octet {

/// An Executor with a fixed number of threads; the caller is one of them. One forward pass at a time.
class ThreadPool {
public:
    /// `threads` in all; 0 means one for each core.
    [[gnu::cold]] explicit ThreadPool(int threads = 0) : count_(threads > 0 ? threads : cores()) {
        detail::ThreadScratch::make();
        workers_.reserve(std::size_t(count_ - 1));
        pending_ = count_ - 1;
        for (int i = 1; i < count_; ++i) workers_.emplace_back([this, i] { serve(i); });
        wait_while(pending_, [](int left) { return left != 0; });
    }
    [[gnu::cold]] ~ThreadPool() {
        stop_ = true;
        generation_.fetch_add(1);
        wake();
        for (std::thread& worker : workers_) worker.join();
    }
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return count_; }
    static int cores() {
        const unsigned n = std::thread::hardware_concurrency();
        return n > 0 ? int(n) : 1;
    }

    /// Thread i gets the i-th of `threads()` nearly equal ranges. `work` must not throw.
    template <class Work>
    void for_each(int units, const Work& work) {
        if (count_ == 1 || units < 2) return work(0, units);
        units_ = units;
        work_ = &work;
        call_ = [](const void* w, int begin, int end) { (*static_cast<const Work*>(w))(begin, end); };
        pending_.store(count_ - 1, std::memory_order_relaxed);
        generation_.fetch_add(1);
        wake();
        run_share(0);
        wait_while(pending_, [](int left) { return left != 0; });
    }

private:
    // Spins for some microseconds, then sleeps until `value` changes. (Not std::atomic's wait: its waiters are counted
    // in a static table, and a program of several architectures has one for each.)
    template <class T, class Condition>
    T wait_while(const std::atomic<T>& value, Condition waiting) {
        for (int spin = 0; spin < 2000; ++spin) {
            const T now = value.load(std::memory_order_acquire);
            if (!waiting(now)) return now;
            relax();
        }
        std::unique_lock lock(mutex_);
        sleepers_.fetch_add(1);
        T now = value.load();
        for (; waiting(now); now = value.load()) changed_.wait(lock);
        sleepers_.fetch_sub(1);
        return now;
    }
    // After a change. Whoever has not counted himself as a sleeper yet will see it.
    void wake() {
        if (sleepers_.load() == 0) return;
        { const std::scoped_lock lock(mutex_); }
        changed_.notify_all();
    }
    static void relax() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }

    void run_share(int i) const {
        const auto share = [&](int k) { return int(static_cast<long long>(units_) * k / count_); };
        if (share(i) < share(i + 1)) call_(work_, share(i), share(i + 1));
    }
    void finish_share() {
        if (pending_.fetch_sub(1) == 1) wake();
    }
    void serve(int i) {
        detail::ThreadScratch::make();
        finish_share();
        for (unsigned seen = 0;;) {
            seen = wait_while(generation_, [seen](unsigned now) { return now == seen; });
            if (stop_) return;
            run_share(i);
            finish_share();
        }
    }

    const int count_;
    int units_ = 0;
    const void* work_ = nullptr;
    void (*call_)(const void*, int, int) = nullptr;
    std::atomic<bool> stop_{false};
    std::atomic<unsigned> generation_{0};
    std::atomic<int> pending_{0}, sleepers_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::thread> workers_;
};

}  // namespace octet
