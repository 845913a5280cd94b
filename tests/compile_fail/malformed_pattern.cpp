// EXPECT: a_name_pattern_is_malformed_or_uses_syntax_that_octet_does_not_know
#include "nets.hpp"
using Mapping =
    octet::QConfigMapping<octet::Global<octet::qconfig::x86>, octet::ModuleNameRegex<"(conv", octet::qconfig::none>>;
auto bad(Model model) { return octet::prepare<Mapping>(model); }
