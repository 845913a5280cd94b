// A small network of your own, from float32 to an int8 file and back: the four states, one after the other.
#include <cstdio>
#include <filesystem>
#include <octet/octet.hpp>
#include <random>
#include <vector>

/// Written as in PyTorch. The compiler works out every shape, and tells where two of them do not fit.
struct TinyNet {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({16, 16, 3});  // height, width, channels
        x = net.relu(net.batch_norm("bn1", net.conv2d("conv1", x, {.out = 8, .kernel = 3, .pad = 1})));
        x = net.max_pool(x, {.kernel = 2, .stride = 2});
        x = net.relu(net.batch_norm("bn2", net.conv2d("conv2", x, {.out = 16, .kernel = 3, .stride = 2, .pad = 1})));
        return net.finish(net.linear("fc", net.flatten(net.global_avg_pool(x)), {.out = 4}));
    }
};

using Model = octet::FloatModel<TinyNet>;
using Int8 = octet::QuantizedModel<TinyNet, octet::qconfig::x86>;
static_assert(Int8::arena_bytes < 8 * 1024);  // all activations of a forward pass

namespace {

std::mt19937 random_bits(1);
float random_float() { return float(random_bits() % 2001) / 1000.0f - 1.0f; }  // -1 to 1

/// Weights nobody trained. Yours come from octet::load<Model>("mine.safetensors").
Model untrained() {
    Model model;
    for (int i = 0; i < Model::tensors.count; ++i) {
        const bool variance = Model::tensors.slots[std::size_t(i)].name.view().ends_with("running_var");
        for (float& x : model.tensor(i)) x = variance ? 1.0f : random_float();
    }
    model.pack();
    return model;
}

std::vector<octet::Tensor<float, 16, 16, 3>> random_images(int count) {
    std::vector<octet::Tensor<float, 16, 16, 3>> images(static_cast<std::size_t>(count));
    for (auto& image : images)
        for (float& x : image) x = random_float();
    return images;
}

}  // namespace

int main() {
    auto model = untrained();                                         // 1. FloatModel
    auto prepared = octet::prepare<octet::qconfig::x86>(model);       // 2. PreparedModel: observers are in place
    auto calibrated = octet::calibrate(prepared, random_images(32));  // 3. CalibratedModel: all ranges are known
    auto int8 = octet::convert(calibrated);                           // 4. QuantizedModel, here of type Int8

    const auto file = std::filesystem::temp_directory_path() / "octet_example_01.safetensors";
    octet::save(int8, file);
    auto again = octet::load<Int8>(file);  // the type and the file are all it takes
    std::filesystem::remove(file);

    const auto image = random_images(1).front();
    const auto expected = model(image), found = again(image);
    std::printf("float32  %5.1f %5.1f %5.1f %5.1f\n", expected(0), expected(1), expected(2), expected(3));
    std::printf("int8     %5.1f %5.1f %5.1f %5.1f\n", found(0), found(1), found(2), found(3));
    std::printf("arena    %zu bytes\n", Int8::arena_bytes);
    return found == int8(image) ? 0 : 1;
}

/* Output:
float32   -0.8   5.0   2.7  -1.5
int8      -0.8   5.0   2.7  -1.5
arena    3008 bytes
*/
