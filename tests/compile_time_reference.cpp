// What compile_time.py compares with: a program that uses what octet's users compile anyway, and nothing of octet.
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <xtensor/xarray.hpp>

int main(int argc, char** argv) {
    const auto json = nlohmann::json::parse(argc > 1 ? argv[1] : "{}");
    const xt::xarray<double> zeros = xt::xarray<double>::from_shape({3, 3});
    std::cout << json.dump(2) << std::regex_match(argv[0], std::regex("[a-z]+")) << zeros(0, 0);
}
