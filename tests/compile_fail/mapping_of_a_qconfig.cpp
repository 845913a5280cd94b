// EXPECT: octet: a QConfigMapping consists of Global, ObjectType, ModuleNameRegex, ModuleName and
#include "nets.hpp"
struct Entry {
    using qconfig = octet::qconfig::x86;
};
auto bad(Model model) { return octet::prepare<octet::QConfigMapping<Entry>>(model); }
