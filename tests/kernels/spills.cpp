// What spills.py looks at: the register tiles of two convolutions of ResNet18, with every dot of the architecture.
#include <octet/kernels/arch.hpp>
#include <octet/kernels/conv2d/conv2d.hpp>

using namespace octet;
using namespace octet::kernels;

namespace {
using Arch = arch::best;

constexpr ConvSpec conv3x3(Shape shape) {
    ConvSpec s;
    s.input = s.output = {shape, 1};
    s.window = {3, 1, 1};
    return s;
}
}  // namespace

template <class Dot, class Policy, ConvSpec S>
void run(const value_of<Dot>* input, const std::byte* weights, const TileEpilogue<typename Dot::sum>& epilogue,
         std::byte* scratch) {
    using Kernel = Conv2dKernel<S, Arch, Dot, Policy>;
    Kernel::run(input, reinterpret_cast<const typename Kernel::Weight*>(weights), epilogue, 0, Kernel::units, scratch);
}

template <ConvSpec S>
void run_all(const std::byte* input, const std::byte* weights, const TileEpilogue<std::int32_t>& int8,
             const TileEpilogue<float>& float32, std::byte* scratch) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input);
    run<Arch::int8_dot, kernels::direct, S>(bytes, weights, int8, scratch);
    run<Arch::int8_dot, kernels::winograd, S>(bytes, weights, int8, scratch);
    run<Arch::float_dot, kernels::direct, S>(reinterpret_cast<const float*>(input), weights, float32, scratch);
}
using Bytes = const std::byte*;
template void run_all<conv3x3({56, 56, 64})>(Bytes, Bytes, const TileEpilogue<std::int32_t>&,
                                             const TileEpilogue<float>&, std::byte*);
template void run_all<conv3x3({7, 7, 512})>(Bytes, Bytes, const TileEpilogue<std::int32_t>&, const TileEpilogue<float>&,
                                            std::byte*);
