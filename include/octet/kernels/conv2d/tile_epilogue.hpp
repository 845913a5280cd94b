// An epilogue as a kernel sees it: something that takes tiles of sums. So the compiler makes a kernel once for each
// shape and an epilogue once for each arithmetic, not one of them for each pair. Sums leave the registers for that,
// which costs half a percent of a ResNet18.
#pragma once

#include <cstdint>
#include <type_traits>

#include "epilogue_places.hpp"
#include "weights.hpp"

namespace octet::kernels {

/// What sums are of: `pixels` pixels of a row, from (y, x) on, and `vectors` vectors of channels: [pixel][channel].
struct SumsOf {
    int pixels, vectors;
    ChannelVector channels;
    int y, x, image = 0;
};

namespace detail {
// Sums through the epilogue. (`of` by reference: the parts of a small struct in registers meet in memory here, and wait
// there for each other.)
template <class Epilogue>
[[gnu::noinline]] void finish_tile(const void* shared, const typename Epilogue::Sum* sums, const SumsOf& of) {
    using V = typename Epilogue::Vector;
    Epilogue epilogue = *static_cast<const Epilogue*>(shared);  // in registers: a byte stored might be part of `shared`
    epilogue.output += of.image * epilogue.places.output.image;
    if constexpr (Epilogue::form.after.residual) epilogue.residual += of.image * epilogue.places.residual.image;
    const int vectors = of.vectors, pixels = of.pixels;
    ChannelVector first = of.channels;
    const int channels = epilogue.places.channels, pitch = vectors * V::lanes;
    for (int v = 0; v < vectors; ++v, first = first + V::lanes, sums += V::lanes) {
        const auto constants = epilogue.constants(first.padded);
        EpiloguePlace at(epilogue.places, first, of.y, of.x);
        for (int p = 0; p < pixels; ++p, at.advance(channels))
            epilogue.finish(V::load(sums + p * pitch), constants, at);
    }
}
}  // namespace detail

/// An epilogue as a kernel sees it, of which it knows the type of the sums alone. Refers to the epilogue it is made
/// from.
template <class T>
struct TileEpilogue {
    template <class Epilogue>
    requires std::is_same_v<typename Epilogue::Sum, T>
    explicit TileEpilogue(const Epilogue& e) : epilogue_(&e), finish_(detail::finish_tile<Epilogue>) {
        if constexpr (std::is_same_v<T, std::int32_t>) {
            zero_terms_ = e.zero_terms;
            padded_ = e.padded;
        }
    }
    template <class Epilogue>
    requires std::is_same_v<typename Epilogue::Sum, T>
    explicit TileEpilogue(const Epilogue&&) = delete;  // it would not live long enough

    /// The first value of the sums of a vector of channels from `channel` on, given the part of the window that lies
    /// inside the image.
    template <class V>
    auto start(int channel, WindowPart part) const {
        auto sum = V::set(T(0));
        if constexpr (std::is_same_v<T, std::int32_t>)
            for (int row = part.first_row; row < part.last_row; ++row)
                for (int run = part.first_run; run < part.last_run; ++run)
                    sum = V::add(sum, V::load(zero_terms_ + (row * part.runs + run) * padded_ + channel));
        return sum;
    }
    void finish(const T* sums, const SumsOf& of) const { finish_(epilogue_, sums, of); }

private:
    const void* epilogue_;
    void (*finish_)(const void*, const T*, const SumsOf&);
    const std::int32_t* zero_terms_ = nullptr;
    int padded_ = 0;
};
template <class Epilogue>
TileEpilogue(const Epilogue&) -> TileEpilogue<typename Epilogue::Sum>;

}  // namespace octet::kernels
