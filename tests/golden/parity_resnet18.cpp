// At 64 pixels and at 224; and mappings with float islands, whose scales come from PyTorch, too.
#include <octet/models/resnet18.hpp>

#include "parity_network.hpp"

namespace {

using namespace octet;
using Net = models::ResNet18<10, 64>;
using Fc = QConfigMapping<Global<qconfig::x86>, ModuleName<"fc", qconfig::none>>;
using Conv1 = QConfigMapping<Global<qconfig::x86>, ModuleName<"conv1", qconfig::none>>;
using Layer2 = QConfigMapping<Global<qconfig::x86>, ModuleName<"layer2", qconfig::none>,
                              ModuleName<"layer2.1.conv1", qconfig::x86>>;
using LinearAndLayer4 = QConfigMapping<Global<qconfig::x86>, ObjectType<Op::linear, qconfig::none>,
                                       ModuleNameRegex<"layer4.*", qconfig::none>>;

// Behind an island the input of the next int8 layer is a float sum, whose last bits depend on the order of additions:
// an integer may differ by one where it lies on a tie. So only what stands before the first island is compared bit
// for bit, and the logits roughly.
template <class Mapping>
void compare_island(parity::Parity& parity, const golden::NetworkFile& file, const std::string& name,
                    const FloatModel<Net>& model) {
    auto int8 = parity::with_pytorch_scales<Net, Mapping>(model, file.lines({"island", name, "qparams"}));
    std::vector<golden::Tensor3> pictures;
    for (int i = 0; i < 8; ++i) pictures.push_back(golden::image(64, 1000 + i));
    const auto crcs = parity::layer_checksums(int8, pictures);
    bool before = true;
    for (const auto& words : file.lines({"island", name, "result"})) {
        const auto found = crcs.find(words[0]);
        const bool is_int8 = words[1] == "int8";
        // Which layers are float is a fact about each layer.
        parity.add("x86", "islands: precisions", 1, is_int8 == (found != crcs.end()));
        before = before && is_int8;
        if (before)
            parity.add("x86", "islands: activations", std::stoull(words[2]),
                       found->second == golden::from_hex(words[3]));
    }
    for (const auto& words : file.lines({"island", name, "logits"})) {
        const auto expected = golden::floats(words, 1);
        const auto found = int8(pictures.at(std::size_t(std::stoi(words[0]) - 1000)));
        float largest = 0, difference = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            largest = std::max(largest, std::abs(expected[i]));
            difference = std::max(difference, std::abs(found(i) - expected[i]));
        }
        parity.add("x86", "islands: logits within 2 %", 1, difference < 0.02f * largest);
    }
}

}  // namespace

void parity::compare_resnet18(Parity& parity) {
    compare_engines<Net>(parity, "resnet18", 8);
    compare_engines<models::ResNet18<10, 224>>(parity, "resnet18", 2);
    const golden::NetworkFile file("resnet18");
    const auto model = golden::network<Net>();
    compare_island<Fc>(parity, file, "fc", model);
    compare_island<Conv1>(parity, file, "conv1", model);
    compare_island<Layer2>(parity, file, "layer2", model);
    compare_island<LinearAndLayer4>(parity, file, "linear_and_layer4", model);
}
