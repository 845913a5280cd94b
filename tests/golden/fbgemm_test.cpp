// Additions, quantization and averages against PyTorch's engine fbgemm, on numbers where a wrong rounding shows. The
// kernels must equal their references (tests/kernels); here the references must equal PyTorch.
#include <cstring>
#include <fstream>
#include <octet/kernels/elementwise/reference.hpp>
#include <octet/kernels/pool/reference.hpp>
#include <octet/numerics/fbgemm.hpp>
#include <sstream>
#include <vector>

#include "catch.hpp"
#include "recipe.hpp"

using namespace octet;
using Policy = numerics::Fbgemm;

namespace {

std::vector<std::uint8_t> bytes(std::istream& in) {
    std::string hex;
    in >> hex;
    std::vector<std::uint8_t> all;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        all.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return all;
}

QParams qparams(std::istream& in) {
    std::string scale;
    QParams p;
    in >> scale >> p.zero_point;
    p.scale = recipe::from_bits(scale);
    return p;
}

Layout flat(std::size_t n) { return {{1, 1, int(n)}, 0}; }

}  // namespace

TEST_CASE("small operations give FBGEMM's integers") {
    std::ifstream file(OCTET_TEST_DATA "/golden/fbgemm.txt");
    int adds = 0, quantizes = 0, averages = 0;
    for (std::string line; std::getline(file, line);) {
        INFO(line.substr(0, 70));
        std::istringstream in(line);
        std::string op;
        in >> op;
        if (op == "add") {
            bool relu = false;
            in >> relu;
            const QParams p = qparams(in), q = qparams(in), y = qparams(in);
            const auto a = bytes(in), b = bytes(in), expected = bytes(in);
            std::vector<std::uint8_t> found(expected.size());
            const auto run = relu ? kernels::reference::add<Policy, true> : kernels::reference::add<Policy, false>;
            run(flat(a.size()), flat(a.size()), flat(a.size()), a.data(), b.data(), Policy::addition(p, q, y),
                found.data());
            CHECK(found == expected);
            ++adds;
        } else if (op == "quantize") {
            const QParams p = qparams(in);
            const auto raw = bytes(in), expected = bytes(in);
            std::vector<float> x(expected.size());
            std::memcpy(x.data(), raw.data(), raw.size());
            std::vector<std::uint8_t> found(expected.size());
            kernels::reference::quantize<Policy>(flat(x.size()), x.data(), p, found.data());
            CHECK(found == expected);
            ++quantizes;
        } else {
            REQUIRE(op == "average");
            Shape s;
            in >> s.h >> s.w >> s.c;
            const QParams p = qparams(in);
            const auto x = bytes(in), expected = bytes(in);
            std::vector<std::uint8_t> found(expected.size());
            kernels::reference::global_avg_pool<Policy>({s, 0}, flat(expected.size()), x.data(), p.zero_point,
                                                        found.data());
            CHECK(found == expected);
            ++averages;
        }
    }
    CHECK(adds == 16);
    CHECK(quantizes == 10);
    CHECK(averages == 5);
}
