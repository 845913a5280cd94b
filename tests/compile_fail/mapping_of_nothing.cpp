// EXPECT: octet: every entry of this QConfigMapping is none
#include "nets.hpp"
using Mapping = octet::QConfigMapping<octet::Global<octet::qconfig::none>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
