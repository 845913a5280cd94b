// EXPECT: octet: this entry of the QConfigMapping matches no layer of the network
// EXPECT-GCC: ModuleNameObjectTypeOrder<octet::Name\{"", 0\}, octet::Op::conv2d, 1, octet::qconfig::none>
// EXPECT-CLANG: ModuleNameObjectTypeOrder<
#include "nets.hpp"
using Mapping =
    octet::QConfigMapping<octet::Global<octet::qconfig::x86>,
                          octet::ModuleNameObjectTypeOrder<"", octet::Op::conv2d, 1, octet::qconfig::none>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
