// EXPECT: octet: this entry of the QConfigMapping matches no layer of the network
// EXPECT-GCC: matches_no_layer<octet::ModuleName<octet::Name\{"convolution", 11\}, octet::qconfig::none>
// EXPECT-CLANG: matches_no_layer<octet::ModuleName<
#include "nets.hpp"
using Mapping = octet::QConfigMapping<octet::Global<octet::qconfig::x86>, octet::ModuleName<"convolution", octet::qconfig::none>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
