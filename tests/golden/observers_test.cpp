// Observers against PyTorch's, bit for bit: scales, zero points and, for the histograms, the counts and the range they
// chose.
#include "observers_parity.hpp"

#include "catch.hpp"

TEST_CASE("observers give PyTorch's scales and zero points") {
    std::map<std::string, std::uint64_t> compared;
    golden::compare_observers_of_each_tensor(
        [&](const std::string& observer, const std::string& tensor, std::uint64_t integers, std::uint64_t differ) {
            INFO(observer << ", " << tensor);
            CHECK(differ == 0);
            compared[observer] += integers;
        });
    CHECK(compared["FixedQParamsObserver"] == 4);
    CHECK(compared["HistogramObserver"] == 1995);
    CHECK(compared["MinMaxObserver"] == 1470);
    CHECK(compared["MovingAverageMinMaxObserver"] == 1260);
    CHECK(compared["MovingAverageMinMaxObserver(0.3)"] == 1260);
    CHECK(compared["MovingAveragePerChannelMinMaxObserver"] == 1670);
    CHECK(compared["MovingAveragePerChannelMinMaxObserver(0.3)"] == 1670);
    CHECK(compared["PerChannelMinMaxObserver"] == 1670);
    CHECK(compared["torch_1_13::HistogramObserver"] == 1680);
    CHECK(compared["HistogramObserver(1000)"] == 132);
    CHECK(compared["torch_1_13::HistogramObserver(1000)"] == 111);
    CHECK(compared.size() == 11);
}
