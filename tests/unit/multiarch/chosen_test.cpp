// Models of arch::chosen. This program is its own octet_add_networks: it has one copy, compiled like the test itself.
#include "catch.hpp"

#include <filesystem>
#include <octet/model/throughput.hpp>
#include <octet/multiarch/networks.hpp>
#include <octet/report/model_report.hpp>
#include <octet/report/profile.hpp>

#include "networks.hpp"

using namespace octet;
using Net = test::TinyNet<>;

const CompiledNetworks* octet_networks() {
    return compile<Compiled<Net, qconfig::x86, qconfig::onednn>, Compiled<test::EveryOp, qconfig::x86>,
                   CompiledWith<kernels::throughput<4>, Net, qconfig::x86>>();
}
const CompiledNetworks& octet::compiled_networks() { return *octet_networks(); }

namespace {

template <class T>
bool same(const T& a, const T& b) {
    return std::equal(a.begin(), a.end(), b.begin());
}

template <class N, class QC>
void check_same_integers() {
    auto known_float = test::random_model<N>();
    auto chosen_float = test::random_model<N, arch::chosen>();
    auto known = test::quantized<QC>(known_float);
    auto chosen = test::quantized<QC>(chosen_float);
    CHECK(std::ranges::equal(known.qparams(), chosen.qparams()));
    CHECK(model_hash(known) == model_hash(chosen));

    ThreadPool two(2);
    std::vector<const float*> pointers;
    const auto images = test::random_images(known.input_shape, 3, 5);
    for (const auto& image : images) {
        CHECK(same(known_float(image), chosen_float(image)));
        CHECK(same(known(image), chosen(image)));
        CHECK(same(known(image), chosen(image, two)));
        pointers.push_back(image.data());
    }
    CHECK(layer_sqnr(known_float, known, pointers) == layer_sqnr(chosen_float, chosen, pointers));
}

}  // namespace

TEST_CASE("a chosen architecture's integers are that architecture's") {
    check_same_integers<Net, qconfig::x86>();
    check_same_integers<Net, qconfig::onednn>();
    check_same_integers<test::EveryOp, qconfig::x86>();
}

TEST_CASE("its tables are those of the architecture") {
    using Known = QuantizedModel<Net, qconfig::x86>;
    using Chosen = QuantizedModel<Net, qconfig::x86, arch::chosen>;
    STATIC_REQUIRE(Chosen::arena_bytes == std::dynamic_extent);
    CHECK(Chosen::tables().arena_bytes == Known::arena_bytes);
    CHECK(Chosen::tables().parameter_bytes == Known::parameter_bytes);
    CHECK(std::string(Chosen::tables().architecture) == arch::best::name);
    CHECK(Workspace<Chosen::forward>().arena.size() == Known::arena_bytes);
}

TEST_CASE("its files are the architecture's") {
    const auto path = std::filesystem::temp_directory_path() / "octet_chosen_test.packed";
    auto known = test::quantized<qconfig::x86>(test::random_model<Net>());
    save_packed(known, path);
    auto chosen = load_packed<QuantizedModel<Net, qconfig::x86, arch::chosen>>(path);
    const auto image = test::random_images(known.input_shape, 1).front();
    CHECK(same(known(image), chosen(image)));
    std::filesystem::remove(path);
}

TEST_CASE("it takes batches, and its steps can be timed") {
    using Chosen = QuantizedModel<Net, qconfig::x86, arch::chosen, kernels::throughput<4>>;
    Chosen chosen;
    chosen.assign(test::quantized<qconfig::x86>(test::random_model<Net>()).parameters());
    const auto images = test::random_images(Chosen::input_shape, 9, 7);
    std::vector<const float*> pointers;
    for (const auto& image : images) pointers.push_back(image.data());
    std::vector<Chosen::Logits> logits(images.size());
    Throughput<Chosen>(chosen, 2)(pointers, logits);
    for (std::size_t i = 0; i < images.size(); ++i) CHECK(same(logits[i], chosen(images[i])));

    const Profile profile = octet::profile(chosen, images[0].data(), Machine{}, {.warm_up = 0, .passes = 1});
    CHECK(int(profile.layers.size()) == Chosen::forward::graph.count);
    CHECK(profile.layers[1].work.weight_bytes > 0);
}

TEST_CASE("a network that was not compiled is told by name") {
    using Missing = QuantizedModel<test::TinyNet<8>, qconfig::x86, arch::chosen>;
    CHECK_THROWS_WITH(Missing(), ContainsSubstring("TinyNet<8>") && ContainsSubstring("List it as octet::Compiled<"));
}
