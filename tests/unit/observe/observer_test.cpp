#include "catch.hpp"

#include <limits>
#include <octet/observe/qconfig.hpp>
#include <random>

using namespace octet;

namespace {
constexpr float eps = 0x1p-23f, inf = std::numeric_limits<float>::infinity();

template <class O>
QParams after(std::initializer_list<std::vector<float>> batches) {
    O observer;
    for (const auto& batch : batches) observer.observe(batch);
    return observer.qparams();
}
using Full = MinMaxObserver<quint8_affine>;
using Signed = MinMaxObserver<qint8_symmetric>;
}  // namespace

TEST_CASE("MinMaxObserver gives PyTorch's scale and zero point") {
    CHECK(after<Full>({{-1.0f, 3.0f}}) == QParams{4.0f / 255, 64});
    CHECK(after<Full>({{0.5f}, {2.0f, 1.0f}}) == QParams{2.0f / 255, 0});
    CHECK(after<Full>({{-2.0f}}) == QParams{2.0f / 255, 255});
    CHECK(after<MinMaxObserver<quint8_affine_reduced>>({{-1.0f, 3.0f}}) == QParams{4.0f / 127, 32});
    CHECK(after<Signed>({{-1.0f, 0.5f}}) == QParams{1.0f / 127.5f, 0});
}

TEST_CASE("odd input gives what PyTorch gives") {
    CHECK(after<Full>({{0.0f, 0.0f}}) == QParams{eps, 0});
    CHECK(after<Full>({{1e-42f, -1e-42f}}) == QParams{eps, 0});
    CHECK(after<Full>({{inf, 1.0f}}) == QParams{inf, 0});
    CHECK(after<Full>({{-inf, 1.0f}}) == QParams{inf, 0});
    CHECK(after<Full>({{3e38f, -3e38f}}) == QParams{inf, 0});
    CHECK(after<Full>({{}, {1.0f}, {}}) == QParams{1.0f / 255, 0});
}

TEST_CASE("MovingAverageMinMaxObserver starts at the first batch and drifts by a hundredth") {
    using Moving = MovingAverageMinMaxObserver<quint8_affine>;
    CHECK(after<Moving>({{0.0f, 1.0f}}) == after<Full>({{0.0f, 1.0f}}));
    const float max = 1.0f + 0.01f * (2.0f - 1.0f);
    CHECK(after<Moving>({{0.0f, 1.0f}, {0.0f, 2.0f}}).scale == max / 255);
}

TEST_CASE("PerChannelMinMaxObserver has a scale for each row") {
    const std::vector<float> weight{1.0f, -2.0f, 0.5f, 0.25f, 0.0f, 0.0f};
    const auto q = weight_qparams<PerChannelMinMaxObserver<>>(weight, 3);
    REQUIRE(q.size() == 3);
    CHECK(q[0].scale == 2.0f / 127.5f);
    CHECK(q[1].scale == 0.5f / 127.5f);
    CHECK(q[2].scale == eps);
    const auto same = weight_qparams<MinMaxObserver<qint8_symmetric>>(weight, 3);
    CHECK(same[1].scale == 2.0f / 127.5f);
}

TEST_CASE("merging observers is observing both streams") {
    std::mt19937 random(3);
    std::normal_distribution<float> value;
    std::vector<float> a(1000), b(700);
    for (float& x : a) x = value(random);
    for (float& x : b) x = 3 * value(random);
    MinMaxObserver<> left, right, both;
    left.observe(a);
    right.observe(b);
    both.observe(a);
    both.observe(b);
    left.merge(right);
    CHECK(left.qparams() == both.qparams());

    HistogramObserver<> h, other, whole;
    h.observe(a);
    other.observe(b);
    h.merge(other);
    whole.observe(a);
    whole.observe(b);
    CHECK(h.qparams().scale == Approx(whole.qparams().scale).epsilon(0.05));
    HistogramObserver<> empty;
    empty.merge(h);
    CHECK(empty.qparams() == h.qparams());
}

TEST_CASE("HistogramObserver clips a long tail that MinMax keeps") {
    std::mt19937 random(4);
    std::normal_distribution<float> value;
    std::vector<float> x(20000);
    for (float& v : x) {
        v = value(random);
        v = v * v * v;
    }
    HistogramObserver<> histogram;
    MinMaxObserver<> minmax;
    histogram.observe(x);
    minmax.observe(x);
    CHECK(histogram.qparams().scale < minmax.qparams().scale);
    const HistogramView view = histogram.histogram();
    CHECK(view.max == minmax.max());
    CHECK(view.chosen_max - view.chosen_min < view.max - view.min);
    double total = 0;
    for (const float c : view.counts) total += double(c);
    CHECK(total == 20000.0);
}

TEST_CASE("HistogramObserver leaves infinite values out") {
    HistogramObserver<> with, without;
    with.observe(std::vector<float>{inf, 0.5f, 1.0f, -inf});
    with.observe(std::vector<float>{inf});
    without.observe(std::vector<float>{0.5f, 1.0f});
    CHECK(with.qparams() == without.qparams());
}

TEST_CASE("the observers and qconfigs meet their concepts") {
    STATIC_REQUIRE(Observer<MinMaxObserver<>>);
    STATIC_REQUIRE(Observer<MovingAverageMinMaxObserver<>>);
    STATIC_REQUIRE(HasHistogram<HistogramObserver<>>);
    STATIC_REQUIRE_FALSE(HasHistogram<MinMaxObserver<>>);
    STATIC_REQUIRE(qconfig::x86::activation::scheme == quint8_affine_reduced);
    STATIC_REQUIRE(qconfig::fbgemm::activation::scheme == quint8_affine_reduced);
    STATIC_REQUIRE(qconfig::onednn::activation::scheme == quint8_affine);
}
