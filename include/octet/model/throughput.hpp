// Many images at once, as many in a second as the machine can: each thread runs whole images, in a workspace of its
// own, so threads wait for nobody. With kernels::throughput<N> a thread takes up to N images together through those
// layers whose weights are too many to read them for one image. Every image gets the very logits that it gets alone.
#pragma once

#include <algorithm>
#include <atomic>
#include <span>
#include <vector>  // host

#include "quantized_model.hpp"
#include "thread_pool.hpp"

namespace octet {

/// Runs `Model`, a QuantizedModel, over many images on all threads of a pool of its own. The model must outlive it.
template <class Model>
class Throughput {
public:
    using Logits = typename Model::Logits;

    /// `threads` in all; 0 means one for each core.
    explicit Throughput(const Model& model, int threads = 0)
        : model_(model), pool_(threads), workspaces_(std::size_t(pool_.threads())) {}

    int threads() const { return pool_.threads(); }

    /// Logits of all images, contiguous HWC floats. Throws octet::Error if there are not as many `logits` as images.
    void operator()(std::span<const float* const> images, std::span<Logits> logits) {
        if (images.size() != logits.size())
            throw Error("octet: " + std::to_string(images.size()) + " images need as many logits, but there are " +
                        std::to_string(logits.size()));
        // Batches of equal size, of which every thread gets equally many.
        const auto share = std::size_t(Model::tables().batch.images * pool_.threads());
        const std::size_t batches = (images.size() + share - 1) / share * std::size_t(pool_.threads());
        const auto begin_of = [&](int batch) { return images.size() * std::size_t(batch) / batches; };
        std::atomic<std::size_t> next{0};
        pool_.for_each(int(batches), [&](int begin, int end) {
            Workspace<typename Model::forward>& own = workspaces_[next++];
            auto alone = one_thread<typename Model::forward::default_executor>();
            for (int batch = begin; batch < end; ++batch) {
                const std::size_t first = begin_of(batch), n = begin_of(batch + 1) - first;
                model_.run(images.subspan(first, n), logits.subspan(first, n), own, alone);
            }
        });
    }

private:
    const Model& model_;
    ThreadPool pool_;
    std::vector<Workspace<typename Model::forward>> workspaces_;
};

}  // namespace octet
