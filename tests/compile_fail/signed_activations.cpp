// EXPECT: octet: activations are quint8: the activation observer's range must lie in 0 to 255
#include "nets.hpp"
struct Signed : octet::QConfig<octet::MinMaxObserver<octet::qint8_symmetric>, octet::PerChannelMinMaxObserver<>,
                               octet::numerics::Fbgemm> {};
auto bad(Model model) { return octet::prepare<Signed>(model); }
