// ResNet18 from float32 to int8, and compared with itself: the flow of PyTorch's tutorial on post-training
// static quantization, in one program.
//
//     resnet18                                            102 kinds of drawn flower, octet's own weights
//     resnet18 --weights mine.safetensors --data photos   your ResNet18, your photographs
//
// The number of classes is read from the weights and dispatched to the types below.
#include <cstdio>
#include <octet/models/resnet18.hpp>

#include "quantizer/flow.hpp"

namespace {

using namespace quantizer;

/// To use another number of classes, add it here: each is a network of its own to the compiler.
constexpr int known_classes[] = {5, 10, 102, 1000};

template <int Classes>
int run_qconfig(const Options& o, const octet::TensorFile& file) {
    using Net = octet::models::ResNet18<Classes>;
    if (o.qconfig == "x86") return flow<Net, octet::qconfig::x86>(o, file);
    if (o.qconfig == "fbgemm") return flow<Net, octet::qconfig::fbgemm>(o, file);
    if (o.qconfig == "onednn") return flow<Net, octet::qconfig::onednn>(o, file);
    throw octet::Error("--qconfig " + o.qconfig + ": expected x86, fbgemm or onednn");
}

template <std::size_t... I>
int run_classes(const Options& o, const octet::TensorFile& file, std::index_sequence<I...>) {
    const octet::StoredTensor* fc = file.find("fc.weight");
    if (fc == nullptr || fc->shape.size() != 2)
        throw octet::Error(o.weights.string() +
                           ": expected the weights of a ResNet18, with a tensor fc.weight of two "
                           "dimensions (classes, 512), and found " +
                           (fc == nullptr ? std::string("none") : std::to_string(fc->shape.size()) + " dimensions"));
    int result = -1;
    (void)((fc->shape[0] == known_classes[I] && (result = run_qconfig<known_classes[I]>(o, file), true)) || ...);
    if (result >= 0) return result;
    std::string known;
    for (const int n : known_classes) known += (known.empty() ? "" : ", ") + std::to_string(n);
    const std::string n = std::to_string(fc->shape[0]);
    if (fc->shape[0] < 1) throw octet::Error(o.weights.string() + ": fc.weight has " + n + " classes; expected some");
    throw octet::Error(o.weights.string() + ": fc.weight has " + n + " classes, and this program was built for " +
                       known + ". Add " + n + " to known_classes in examples/resnet18.cpp and build again.");
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    o.weights = OCTET_WEIGHTS_DIR "/resnet18_flowers102.safetensors";
    if (const auto code = parse(argc, argv, o)) return *code;
    try {
        const octet::TensorFile file = octet::read_tensor_file(o.weights);
        return run_classes(o, file, std::make_index_sequence<std::size(known_classes)>{});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "resnet18: %s\n", e.what());
        return 1;
    }
}
