// ResNet18 from float32 to int8, and compared with itself: the flow of PyTorch's tutorial on post-training
// static quantization, in one program.
//
//     resnet18                                            102 kinds of drawn flower, octet's own weights
//     resnet18 --weights mine.safetensors --data photos   your ResNet18, your photographs
//
// The number of classes is read from the weights and dispatched to the types of resnet18_networks.hpp; those are
// compiled for each architecture. All else is quantizer/flow.hpp, for any network.
#include "drawn_flowers.hpp"
#include "quantizer/quantizer.hpp"
#include "resnet18_networks.hpp"

namespace {

const quantizer::Defaults defaults{
    .program = "resnet18",
    .about =
        "Quantizes a trained network to int8, saves it, loads it again by its type, and compares it with itself "
        "in float32.\nWithout arguments: 102 kinds of drawn flower and the weights that come with octet.",
    .weights = OCTET_WEIGHTS_DIR "/resnet18_flowers102.safetensors",
    .weights_help =
        "float weights of a ResNet18 with 5, 10, 102 or 1000 classes: safetensors or JSON with PyTorch's names",
    .data_help =
        "test images (JPEG, PNG): a folder with one folder per class, as many as the weights have classes, in "
        "the order of their names",
    .pictures = drawn_flowers::data,
};

template <int... Classes>
int run_classes(const quantizer::Options& o, const octet::TensorFile& file, std::integer_sequence<int, Classes...>) {
    const octet::StoredTensor* fc = file.find("fc.weight");
    if (fc == nullptr || fc->shape.size() != 2)
        throw octet::Error(o.weights.string() +
                           ": expected the weights of a ResNet18, with a tensor fc.weight of two "
                           "dimensions (classes, 512), and found " +
                           (fc == nullptr ? std::string("none") : std::to_string(fc->shape.size()) + " dimensions"));
    const auto run = [&]<int N>() {
        return QConfigs::call(
            o.qconfig, [&]<class QC>() { return quantizer::flow<octet::models::ResNet18<N>, QC>(o, defaults, file); });
    };
    int result = -1;
    (void)((fc->shape[0] == Classes && (result = run.template operator()<Classes>(), true)) || ...);
    if (result >= 0) return result;
    std::string known;
    for (const int n : {Classes...}) known += (known.empty() ? "" : ", ") + std::to_string(n);
    const std::string n = std::to_string(fc->shape[0]);
    if (fc->shape[0] < 1) throw octet::Error(o.weights.string() + ": fc.weight has " + n + " classes; expected some");
    throw octet::Error(o.weights.string() + ": fc.weight has " + n + " classes, and this program was built for " +
                       known + ". Add " + n + " to KnownClasses in examples/resnet18_networks.hpp and build again.");
}

}  // namespace

int main(int argc, char** argv) {
    constexpr octet::Shape input = octet::Fused<octet::models::ResNet18<>>::graph[0].shape;
    return quantizer::run_program(
        argc, argv, defaults, input, QConfigs::names(),
        [](const auto& o, const octet::TensorFile& file) { return run_classes(o, file, KnownClasses{}); });
}
