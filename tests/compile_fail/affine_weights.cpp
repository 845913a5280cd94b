// EXPECT: octet: weights are qint8 with zero point 0: the weight observer must be symmetric and signed
#include "nets.hpp"
struct Affine : octet::QConfig<octet::MinMaxObserver<>, octet::MinMaxObserver<octet::quint8_affine>, octet::numerics::Fbgemm> {};
auto bad(Model model) { return octet::prepare<Affine>(model); }
