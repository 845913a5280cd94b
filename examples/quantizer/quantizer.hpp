// A whole program for one network: options, the flow, and a sentence for whatever goes wrong.
//
//     int main(int argc, char** argv) {
//         return quantizer::quantize_network<networks::MyNet>(argc, argv, "my_net", "networks/");
//     }
//
// and, in a source that octet_add_networks compiles for each architecture, the network (networks.hpp):
//
//     const octet::CompiledNetworks* octet_networks() { return quantizer::AllQConfigs::compile<networks::MyNet>(); }
//
// The CMake function octet_add_quantizer writes both for a header of weights/export.py.
#pragma once

#include "flow.hpp"
#include "networks.hpp"

namespace quantizer {

/// main() for the network `Net`: anything with a static graph() from a picture to a vector.
template <class Net, class QConfigs = AllQConfigs>
int quantize_network(int argc, char** argv, const Defaults& defaults) {
    using Model = octet::FloatModel<Net, octet::arch::chosen>;
    static_assert(Model::input_shape.c == 3 || Model::input_shape.c == 1,
                  "a quantizer reads pictures: the network's input must have 3 channels, or 1");
    static_assert(Model::output_shape.h == 1 && Model::output_shape.w == 1,
                  "a quantizer compares classes: the network's output must be a vector, one number per class");
    return run_program(argc, argv, defaults, Model::input_shape, QConfigs::names(),
                       [&](const Options& o, const octet::TensorFile& file) {
                           return QConfigs::call(o.qconfig,
                                                 [&]<class QC>() { return flow<Net, QC>(o, defaults, file); });
                       });
}
/// The same for a header of weights/export.py, which names the weights file: it is looked for in `folder`.
template <class Net, class QConfigs = AllQConfigs>
int quantize_network(int argc, char** argv, const char* program, const std::filesystem::path& folder) {
    Defaults defaults{.program = program};
    std::string network = program;
    if constexpr (requires { Net::name; }) network = Net::name;
    defaults.about = "Quantizes the network " + network +
                     " to int8, saves it, loads it again by its type, and compares it with itself in float32.";
    if constexpr (requires { Net::weights; }) defaults.weights = folder / Net::weights;
    return quantize_network<Net, QConfigs>(argc, argv, defaults);
}

}  // namespace quantizer
