// EXPECT: OK
#include "nets.hpp"
using Net = Straight;
auto good(const octet::FloatModel<Net>& model, const std::vector<xt::xtensor<float, 3>>& images) {
    return octet::convert(octet::calibrate(octet::prepare<octet::qconfig::x86>(model), images));
}
