// int8 files that weights/export_quantized.py made of a network that PyTorch quantized, loaded as the type that octet's
// own flow makes: every logit is PyTorch's, bit for bit. tests/weights/make_import_fixture.py wrote and explains
// data/golden/import/.
#include <bit>
#include <filesystem>
#include <fstream>
#include <octet/octet.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "recipe.hpp"

using namespace octet;

namespace {

/// The network of make_import_fixture.py, in octet's words.
template <int FirstStride = 2>
struct EverythingNet {
    static constexpr auto graph() {
        GraphBuilder net;
        auto x = net.input({12, 11, 3});
        x = net.conv2d("stem.0", x, {.out = 8, .kernel = 3, .stride = FirstStride, .pad = 1});
        x = net.relu6("stem.2", net.batch_norm("stem.1", x));
        auto y = net.conv2d("depth.0", x, {.out = 8, .kernel = 3, .pad = 1, .groups = 8});
        y = net.relu("depth.2", net.batch_norm("depth.1", y));
        const auto left = net.conv2d("left", y, {.out = 8});
        const auto right = net.conv2d("right", y, {.out = 8, .kernel = 3, .pad = 1, .groups = 2, .bias = true});
        const auto total = net.relu("relu", net.add("add", left, right));
        const auto product = net.mul("mul", total, y);
        x = net.cat("cat", {product, net.max_pool("pool", x, {.kernel = 3, .stride = 1, .pad = 1})});
        x = net.avg_pool("avg_pool", x, {.kernel = 3, .stride = 2, .ceil_mode = true, .count_include_pad = false});
        x = net.flatten("flatten", net.max_pool("max_pool", x, {.kernel = 2, .stride = 1}));
        x = net.relu("relu_1", net.linear("hidden", x, {.out = 6}));
        return net.finish(net.linear("fc", x, {.out = 5}));
    }
};

using Net = EverythingNet<>;
using Island =
    QConfigMapping<Global<qconfig::x86>, ModuleName<"right", qconfig::none>, ModuleName<"fc", qconfig::none>>;

const std::string folder = OCTET_TEST_DATA "/golden/import/";

xt::xtensor<float, 3> image(int number) {
    auto pixels = xt::xtensor<float, 3>::from_shape({12, 11, 3});
    const std::uint64_t seed = recipe::seed_of("import " + std::to_string(number));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels.flat(i) = recipe::bell(seed, i);
    return pixels;
}

std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Compares the logits of every image of `name`; returns how many images there were.
template <class QC>
int compare_logits(const std::string& name) {
    auto model = load<QuantizedModel<Net, QC>>(folder + name + ".safetensors");
    int images = 0;
    std::ifstream file(folder + "logits.txt");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string of, hex;
        int number = 0;
        if (!(words >> of >> number) || of != name) continue;
        INFO(name << ", image " << number);
        std::vector<std::uint32_t> expected, found;
        while (words >> hex) expected.push_back(std::bit_cast<std::uint32_t>(recipe::from_bits(hex)));
        for (const float logit : model(image(number))) found.push_back(std::bit_cast<std::uint32_t>(logit));
        CHECK(found == expected);
        ++images;
    }
    return images;
}

/// Whether saving what was loaded gives the file that was loaded.
template <class QC>
bool saved_again(const std::string& name) {
    const auto path = std::filesystem::temp_directory_path() / ("octet-import-test-" + name + ".safetensors");
    save(load<QuantizedModel<Net, QC>>(folder + name + ".safetensors"), path);
    const bool same = content(path) == content(folder + name + ".safetensors");
    std::filesystem::remove(path);
    return same;
}

/// What load says about it, without the path.
template <class Model>
std::string refused(const std::string& name) {
    try {
        load<Model>(folder + name + ".safetensors");
    } catch (const Error& error) {
        return std::string(error.what()).substr((folder + name + ".safetensors: ").size());
    }
    return "";
}

}  // namespace

TEST_CASE("a network that PyTorch quantized gives PyTorch's logits, bit for bit") {
    CHECK(compare_logits<qconfig::x86>("x86") == 4);
    CHECK(compare_logits<qconfig::fbgemm>("fbgemm") == 4);
    CHECK(compare_logits<qconfig::onednn>("onednn") == 4);
    CHECK(compare_logits<qconfig::qnnpack>("qnnpack") == 4);
    CHECK(compare_logits<Island>("island") == 4);
}

TEST_CASE("saving it again gives the same bytes") {
    CHECK(saved_again<qconfig::x86>("x86"));
    CHECK(saved_again<qconfig::fbgemm>("fbgemm"));
    CHECK(saved_again<qconfig::onednn>("onednn"));
    CHECK(saved_again<qconfig::qnnpack>("qnnpack"));
    CHECK(saved_again<Island>("island"));
}

TEST_CASE("it is refused as anything else, and all that differs is listed") {
    CHECK(refused<QuantizedModel<Net, Island>>("x86") ==
          "its tensors are not the ones expected\n"
          "  metadata qconfig: expected \"global x86; module right none; module fc none\", found \"x86\"\n"
          "  right.weight: expected F32/F16/BF16 [8, 3, 3, 4], found I8 [8, 3, 3, 4]\n"
          "  fc.weight: expected F32/F16/BF16 [5, 6], found I8 [5, 6]\n"
          "  fc.scale: expected no such tensor, found F32 [1]\n"
          "  fc.weight_scale: expected no such tensor, found F32 [5]\n"
          "  fc.zero_point: expected no such tensor, found I32 [1]\n"
          "  right.weight_scale: expected no such tensor, found F32 [8]");
    CHECK(refused<QuantizedModel<EverythingNet<1>, qconfig::x86>>("x86").ends_with(
        "; it was saved from another network\n  hidden.weight: expected I8 [6, 320], found I8 [6, 64]"));
    CHECK(refused<FloatModel<Net>>("x86") ==
          "expected a float model (a state_dict), found an int8 model of octet's; load it as a QuantizedModel");
}
