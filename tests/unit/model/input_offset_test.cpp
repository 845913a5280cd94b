// Architectures that multiply bytes with sign only, and so read activations as x - 128 (kernels/dot.hpp), give the
// integers of those that do not. (Real ones are AArch64's, which tests/kernels/ runs convolution by convolution.)
#include "catch.hpp"

#include <octet/octet.hpp>

#include "networks.hpp"

using namespace octet;

namespace {
struct Signed : arch::generic {
    struct int8_dot : arch::generic::int8_dot {
        static constexpr int input_offset = 128;
        static activations broadcast(const std::uint8_t* p) {
            const auto of = [p](int i) { return vector::set(float(p[i]) - 128.0f); };
            return {{of(0), of(1), of(2), of(3)}};
        }
    };
};

using Logits = QuantizedModel<test::EveryOp, qconfig::x86, arch::generic>::Logits;

template <class Arch>
std::vector<Logits> logits_on() {
    auto model = test::random_model<test::EveryOp, Arch>();
    const auto images = test::random_images(decltype(model)::input_shape, 5);
    auto int8 = convert(calibrate(prepare<qconfig::x86>(model), images));
    std::vector<Logits> logits;
    for (const auto& image : images) logits.push_back(int8(image));
    return logits;
}
}  // namespace

TEST_CASE("a dot may read its inputs less an offset") {
    const auto plain = logits_on<arch::generic>(), offset = logits_on<Signed>();
    REQUIRE(plain.size() == offset.size());
    for (std::size_t i = 0; i < plain.size(); ++i)
        CHECK(std::equal(plain[i].begin(), plain[i].end(), offset[i].begin(), offset[i].end()));
    CHECK(!std::equal(plain[0].begin(), plain[0].end(), plain[1].begin(), plain[1].end()));
}
