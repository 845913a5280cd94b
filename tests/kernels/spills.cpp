// What spills.py looks at: the register tiles of two convolutions of ResNet18, with every dot of the architecture.
#include <octet/kernels/arch.hpp>
#include <octet/kernels/conv2d/conv2d.hpp>

using namespace octet;
using namespace octet::kernels;

namespace {
using Arch = arch::best;
using V = Arch::vector;

/// An epilogue that only stores.
template <class T>
struct Store {
    T* output;
    auto start(int, int, int) const { return V::set(T{}); }
    int constants(int) const { return 0; }
    template <class Sum>
    void finish(Sum sum, int, ChannelVector at, int y, int x) const {
        V::store(output + (y * 56 + x) * 512 + at.channel, sum);
    }
};
constexpr ConvSpec conv3x3(Shape shape) {
    ConvSpec s;
    s.input = s.output = {shape, 1};
    s.window = {3, 1, 1};
    return s;
}
}  // namespace

template <class Dot, class Policy, ConvSpec S>
void run(const value_of<Dot>* input, const std::byte* weights, typename Dot::sum* output, std::byte* scratch) {
    using Kernel = Conv2dKernel<S, Arch, Dot, Policy>;
    Kernel::run(input, reinterpret_cast<const typename Kernel::Weight*>(weights), Store<typename Dot::sum>{output}, 0,
                Kernel::units, scratch);
}

template <ConvSpec S>
void run_all(const std::byte* input, const std::byte* weights, std::byte* output, std::byte* scratch) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input);
    auto* sums = reinterpret_cast<std::int32_t*>(output);
    run<Arch::int8_dot, kernels::direct, S>(bytes, weights, sums, scratch);
    run<Arch::int8_dot, kernels::winograd, S>(bytes, weights, sums, scratch);
    run<Arch::float_dot, kernels::direct, S>(reinterpret_cast<const float*>(input), weights,
                                             reinterpret_cast<float*>(output), scratch);
}
template void run_all<conv3x3({56, 56, 64})>(const std::byte*, const std::byte*, std::byte*, std::byte*);
template void run_all<conv3x3({7, 7, 512})>(const std::byte*, const std::byte*, std::byte*, std::byte*);
