// EXPECT: octet: a qconfig needs a name, which its files carry
#include "nets.hpp"
struct Nameless : octet::QConfig<octet::MinMaxObserver<>, octet::PerChannelMinMaxObserver<>, octet::numerics::Fbgemm> {};
auto bad(Model model) { return octet::prepare<Nameless>(model); }
