#include "catch.hpp"

#include <limits>
#include <numeric>
#include <octet/observe/fixed_qparams.hpp>
#include <octet/observe/histogram_1_13.hpp>
#include <octet/observe/moving_average_per_channel_min_max.hpp>
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

TEST_CASE("a QScheme says what PyTorch's arguments say") {
    const auto zero_point = []<QScheme S>(MinMaxObserver<S> observer) {
        observer.observe(std::vector<float>{-1.0f, 3.0f});
        return observer.qparams().zero_point;
    };
    CHECK(after<MinMaxObserver<quint8_symmetric>>({{-1.0f, 3.0f}}) == QParams{3.0f / 127.5f, 128});
    CHECK(zero_point(MinMaxObserver<with_range(quint8_symmetric, 0, 255)>()) == 127);
    CHECK(zero_point(MinMaxObserver<with_range(quint8_symmetric, 0, 100)>()) == 50);
    CHECK(zero_point(MinMaxObserver<with_range(qint8_symmetric, -100, 20)>()) == 0);
    CHECK(after<MinMaxObserver<qint8_affine>>({{-1.0f, 3.0f}}) == QParams{4.0f / 255, -64});
    CHECK(after<MinMaxObserver<qint8_affine_reduced>>({{-1.0f, 3.0f}}) == QParams{4.0f / 127, -32});
    CHECK(after<MinMaxObserver<qint8_symmetric_reduced>>({{-1.0f, 3.0f}}) == QParams{3.0f / 63.5f, 0});
    CHECK(after<MinMaxObserver<qint8_symmetric_neg_127_to_127>>({{-1.0f, 3.0f}}) == QParams{3.0f / 127, 0});
    CHECK(after<MinMaxObserver<qint8_symmetric_neg_127_to_127>>({{-1e-3f}}) == QParams{0x1p-12f, 0});
    CHECK(after<HistogramObserver<reduced(quint8_symmetric)>>({{-1.0f}, {1.0f}}).zero_point == 128);
    STATIC_REQUIRE(reduced(quint8_affine).range == QRange{0, 127});
    STATIC_REQUIRE(reduced(qint8_affine).range == QRange{-64, 63});
    STATIC_REQUIRE(reduced(reduced(qint8_affine)) == reduced(qint8_affine));
    STATIC_REQUIRE(reduced(with_range(qint8_symmetric, -127, 127)).range == QRange{-64, 63});
    STATIC_REQUIRE(with_range(reduced(qint8_symmetric), -127, 127) == reduced(with_range(qint8_symmetric, -127, 127)));
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
    CHECK(after<Moving>({{}, {0.0f, 1.0f}, {}, {0.0f, 2.0f}}).scale == max / 255);
    CHECK(after<MovingAverageMinMaxObserver<quint8_affine, 0.5>>({{0.0f, 1.0f}, {0.0f, 2.0f}}).scale == 1.5f / 255);
    CHECK(after<Moving>({{inf, 1.0f}}) == QParams{inf, 0});
    CHECK_FALSE(after<Moving>({{inf, 1.0f}, {1.0f}}).scale < inf);  // a NaN; PyTorch asserts, calibrate refuses it
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
    CHECK(weight_qparams<MovingAveragePerChannelMinMaxObserver<>>(weight, 3) == q);
    CHECK(weight_qparams<PerChannelMinMaxObserver<qint8_affine>>(weight, 3)[0] == QParams{3.0f / 255, 42});

    MovingAveragePerChannelMinMaxObserver<qint8_symmetric, 0.5> moving;
    moving.observe({}, 2);
    moving.observe(std::vector<float>{1.0f, 4.0f}, 2);
    moving.observe(std::vector<float>{3.0f, 0.0f}, 2);
    CHECK(moving.channel_qparams() == std::vector<QParams>{{2.0f / 127.5f, 0}, {2.0f / 127.5f, 0}});
}

TEST_CASE("FixedQParamsObserver looks at nothing") {
    CHECK(after<FixedQParamsObserver<1.0 / 256, 0>>({{5.0f, -inf}}) == QParams{1.0f / 256, 0});
    FixedQParamsObserver<2.0f / 256, 128> fixed;
    fixed.merge(fixed);
    CHECK(fixed.qparams() == QParams{1.0f / 128, 128});
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

TEST_CASE("the histogram of PyTorch 1.13 counts over the range cut to whole numbers") {
    using Old = torch_1_13::HistogramObserver<>;
    const auto counted = [](std::initializer_list<std::vector<float>> batches) {
        Old observer;
        for (const auto& batch : batches) observer.observe(batch);
        double sum = 0.0;
        for (const float c : observer.histogram().counts) sum += double(c);
        return sum;
    };
    CHECK(counted({{0.0f, 1.0f, 5.7f}}) == 2.0);    // over [0, 5]
    CHECK(counted({{-0.5f, 1.5f}}) == 0.0);         // over [0, 1]
    CHECK(counted({{0.1f, 0.5f, 0.9f}}) == 3.0);    // over [0, 0], so all
    CHECK(counted({{5.0f, 5.0f}, {1.0f}}) == 1.0);  // a batch after nothing but fives replaces them
    CHECK(counted({{0.0f, 2.0f}, {1.0f, 8.0f}}) == 4.0);
    Old observer;
    observer.observe(std::vector<float>{0.0f, 1.0f, 5.7f});
    CHECK(observer.histogram().max == 5.7f);  // but its ends are those of the data

    SECTION("where PyTorch raises it goes on") {
        CHECK(after<Old>({{inf, 0.0f, 1.0f, -inf}, {inf}}) == after<Old>({{0.0f, 1.0f}}));
        const QParams p = after<Old>({{0.0f, 1e-37f}, {-1.0f, 1.0f}});
        CHECK(p.scale == Approx(2.0f / 255).epsilon(0.01));
        CHECK(p.zero_point == 128);
    }
    SECTION("merging keeps all counts") {
        Old left, right, empty;
        left.observe(std::vector<float>{0.0f, 1.0f, 3.0f});
        right.observe(std::vector<float>{0.0f, 8.0f});
        empty.merge(left);
        CHECK(empty.qparams() == left.qparams());
        left.merge(right);
        CHECK(left.histogram().max == 8.0f);
        CHECK(std::accumulate(left.histogram().counts.begin(), left.histogram().counts.end(), 0.0f) == 5.0f);
    }
}

TEST_CASE("the observers and qconfigs meet their concepts") {
    STATIC_REQUIRE(Observer<MinMaxObserver<>>);
    STATIC_REQUIRE(Observer<MovingAverageMinMaxObserver<>>);
    STATIC_REQUIRE(Observer<FixedQParamsObserver<1.0, 0>>);
    STATIC_REQUIRE(HasHistogram<HistogramObserver<>>);
    STATIC_REQUIRE(HasHistogram<torch_1_13::HistogramObserver<>>);
    STATIC_REQUIRE(WeightObserver<PerChannelMinMaxObserver<>>);
    STATIC_REQUIRE(WeightObserver<MovingAveragePerChannelMinMaxObserver<>>);
    STATIC_REQUIRE_FALSE(Observer<PerChannelMinMaxObserver<>>);
    STATIC_REQUIRE_FALSE(HasHistogram<MinMaxObserver<>>);
    STATIC_REQUIRE(qconfig::x86::activation::scheme == quint8_affine_reduced);
    STATIC_REQUIRE(qconfig::fbgemm::activation::scheme == quint8_affine_reduced);
    STATIC_REQUIRE(qconfig::onednn::activation::scheme == quint8_affine);
}
