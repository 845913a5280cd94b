// EXPECT: octet: all qconfigs of a mapping need the same numerics: a program runs on one engine
#include "nets.hpp"
using Mapping =
    octet::QConfigMapping<octet::Global<octet::qconfig::x86>, octet::ModuleName<"conv", octet::qconfig::qnnpack>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
