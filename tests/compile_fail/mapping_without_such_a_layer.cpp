// EXPECT: octet: this entry of the QConfigMapping matches no layer of the network
// EXPECT-GCC: matches_no_layer<octet::detail::layer<octet::Name\{"convolution", 11\} ?>
// EXPECT-CLANG: matches_no_layer<octet::detail::layer<'c', 'o', 'n', 'v', 'o', 'l', 'u', 't', 'i', 'o', 'n'>
#include "nets.hpp"
using Mapping = octet::QConfigMapping<octet::Global<octet::qconfig::x86>, octet::ModuleName<"convolution", octet::qconfig::none>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
